"""Policy documents compiled to closures, once for each content.

Everything that does not depend on the request is decided here: actions are lower-case and hashed, wildcards
cut into chunks, ARNs into segments, values parsed. What is left for each request is look-ups and a few calls.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from strongroom.policy.arns import ArnBuilder, ArnTest, anything, arn_builder, arn_test, exact_arn
from strongroom.policy.decision import ConditionContext
from strongroom.policy.documents import ANYONE, Condition, PolicyDocument, Statement
from strongroom.policy.operators import ContextTest, condition_test
from strongroom.policy.parse import PolicyKind, parse_policy
from strongroom.policy.reach import PrincipalTest, principal_test
from strongroom.policy.variables import parse_parts, static_tokens
from strongroom.policy.wildcard import Matcher, Wild, always, literal_of, matcher, tokens_of

MAX_CACHED_CHARACTERS = 4_000_000  # of policy texts; about ten times that in memory
MAX_REMEMBERED_ACTIONS = 256
FEW_PATTERNS = 8  # of a Resource element; what more of them cost is counted

ResourceTest = Callable[[str, Sequence[str], ConditionContext], bool]


class CompiledCondition:
    """One condition and its test."""

    __slots__ = ("source", "test")

    def __init__(self, source: Condition, *, variables: bool) -> None:
        self.source = source
        self.test: ContextTest = condition_test(source, variables=variables)


class CompiledStatement:
    """One statement, each element as a test; None for an element that is always met."""

    __slots__ = ("action", "allow", "conditions", "label", "principal", "resource", "source", "tests")

    def __init__(self, source: Statement, kind: PolicyKind, *, variables: bool) -> None:
        self.source = source
        self.label = source.label
        self.allow = source.allow
        self.action: Matcher = _action_test(source)
        self.resource: ResourceTest | None = None if kind is PolicyKind.TRUST else _resource_test(source, variables=variables)
        self.principal: PrincipalTest | None = principal_test(source, kind)
        self.conditions = tuple(CompiledCondition(condition, variables=variables) for condition in source.conditions)
        self.tests = tuple(condition.test for condition in self.conditions)

    def applies(self, resource: str, segments: Sequence[str], context: ConditionContext) -> bool:
        """Return whether the statement's resource and conditions are met; its action and principal are asked elsewhere."""
        if self.resource is not None and not self.resource(resource, segments, context):
            return False
        for test in self.tests:  # noqa: SIM110 - a generator costs more than the usual statement without conditions
            if not test(context):
                return False
        return True


class CompiledPolicy:
    """A document ready to be evaluated."""

    __slots__ = ("_by_action", "document", "kind", "statements")

    def __init__(self, document: PolicyDocument, kind: PolicyKind) -> None:
        self.document = document
        self.kind = kind
        self.statements = tuple(CompiledStatement(each, kind, variables=document.has_variables) for each in document.statements)
        self._by_action: dict[str, tuple[tuple[CompiledStatement, ...], tuple[CompiledStatement, ...]]] = {}

    def for_action(self, action: str) -> tuple[tuple[CompiledStatement, ...], tuple[CompiledStatement, ...]]:
        """Return the statements that name this lower-case action: those that deny, and those that allow."""
        found = self._by_action.get(action)
        if found is None:
            named = [statement for statement in self.statements if statement.action(action)]
            found = (tuple(each for each in named if not each.allow), tuple(each for each in named if each.allow))
            if len(self._by_action) >= MAX_REMEMBERED_ACTIONS:
                self._by_action.clear()
            self._by_action[action] = found
        return found

    @property
    def remembered_actions(self) -> int:
        """Return for how many actions the statements are remembered."""
        return len(self._by_action)


def _action_test(statement: Statement) -> Matcher:
    patterns = {action.lower() for action in statement.actions}
    if ANYONE in patterns:
        named: Matcher = always
    else:
        tokens = {pattern: tokens_of(pattern) for pattern in patterns}
        exact = frozenset(pattern for pattern, each in tokens.items() if literal_of(each) is not None)
        wild = [matcher(each) for pattern, each in tokens.items() if pattern not in exact]
        named = _either(exact, wild)
    return (lambda action: not named(action)) if statement.not_action else named


def _either(exact: frozenset[str], wild: Sequence[Matcher]) -> Matcher:
    if not wild:
        return exact.__contains__
    return lambda action: action in exact or any(test(action) for test in wild)


def _resource_test(statement: Statement, *, variables: bool) -> ResourceTest | None:
    """Return the test of a Resource or NotResource element, or None if it is met by everything."""
    patterns = [parse_parts(resource, variables=variables, wildcards=True) for resource in statement.resources]
    exact = frozenset(arn for arn in map(exact_arn, patterns) if arn is not None)
    static = [arn_test(tokens) for tokens in map(static_tokens, patterns) if tokens is not None and literal_of(tokens) not in exact]
    dynamic = [arn_builder(parts) for parts in patterns if static_tokens(parts) is None]
    weight = len(static) + len(dynamic) + 2 * sum(Wild.ONE in pattern for pattern in patterns)
    if statement.not_resource:
        return _outside(exact, static, dynamic, weight)
    return None if anything in static else _inside(exact, static, dynamic, weight)


def _inside(exact: frozenset[str], static: Sequence[ArnTest], dynamic: Sequence[ArnBuilder], weight: int) -> ResourceTest:
    def inside(resource: str, segments: Sequence[str], context: ConditionContext) -> bool:
        if resource in exact:
            return True
        if weight > FEW_PATTERNS:
            context.spend(weight * len(resource))
        for test in static:
            if test(resource, segments):
                return True
        built = (build(context) for build in dynamic)
        return any(test(resource, segments) for test in built if test is not None)

    return inside


def _outside(exact: frozenset[str], static: Sequence[ArnTest], dynamic: Sequence[ArnBuilder], weight: int) -> ResourceTest:
    def outside(resource: str, segments: Sequence[str], context: ConditionContext) -> bool:
        if weight > FEW_PATTERNS:
            context.spend(weight * len(resource))
        if resource in exact or any(test(resource, segments) for test in static):
            return False
        built = [build(context) for build in dynamic]
        # A variable that can't be resolved leaves open what is excluded, so the statement does not match.
        return all(test is not None and not test(resource, segments) for test in built)

    return outside


class PolicyCache:
    """The policies used last, bounded by the length of their texts. Safe to use from many threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.size = 0  # characters of the texts held
        self._lock = Lock()
        self._policies: OrderedDict[tuple[str, str], CompiledPolicy] = OrderedDict()

    def get(self, text: str, kind: PolicyKind) -> CompiledPolicy:
        """Return the compiled form of `text`, compiling it outside the lock if it is new."""
        key = (text, kind._name_)  # an enumeration's own hash is computed in Python
        with self._lock:
            found = self._policies.get(key)
            if found is not None:
                self._policies.move_to_end(key)
                return found
        compiled = CompiledPolicy(parse_policy(text, kind), kind)
        with self._lock:
            if key not in self._policies:
                self._policies[key] = compiled
                self.size += len(text)
                self._shrink()
        return compiled

    def _shrink(self) -> None:
        while self.size > self._limit:
            (text, _), _ = self._policies.popitem(last=False)
            self.size -= len(text)


_CACHE = PolicyCache(MAX_CACHED_CHARACTERS)


def compile_policy(text: str, kind: PolicyKind) -> CompiledPolicy:
    """Return the compiled form of `text`, from a bounded cache by content. Raises MalformedPolicy."""
    return _CACHE.get(text, kind)

"""What an import, a copy or a comparison finds."""

from strongroom.cli.parameter_records import Parameter, full_name, plan, relative_name

HERE = [Parameter("a", "1", "String"), Parameter("b", "1", "String", description="d"), Parameter("c", "1", "SecureString")]


def test_a_plan_tells_new_changed_extra_and_equal_apart() -> None:
    """With the members that differ."""
    found = plan(HERE, [Parameter("b", "2", "String"), Parameter("c", "1", "SecureString"), Parameter("d", "1", "String")])
    assert [parameter.name for parameter in found.create] == ["d"]
    assert [(change.after.name, change.members) for change in found.change] == [("b", ("value",))]
    assert ([parameter.name for parameter in found.extra], found.same) == (["a"], 1)


def test_what_is_not_said_counts_only_between_servers() -> None:
    """A file without descriptions changes none; two servers are compared in everything."""
    wanted = [Parameter("b", "1", "String")]
    assert plan(HERE, wanted).same == 1
    assert plan(HERE, wanted, whole=True).change[0].members == ("description",)


def test_names_are_seen_from_a_path() -> None:
    """Whatever slashes stand at the ends."""
    for path, name, seen in [("/a", "/a/b/c", "b/c"), ("/a/", "/a/b", "b"), ("/", "x", "x"), ("/", "/x/y", "x/y")]:
        assert relative_name(path, name) == seen
        assert full_name(path, seen) == "/" + name.lstrip("/")


def test_a_parameter_never_shows_its_value() -> None:
    """Not even by mistake."""
    assert "hush" not in repr(Parameter("a", "hush"))

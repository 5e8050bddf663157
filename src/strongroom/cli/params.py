"""params import, export, copy, diff and publish."""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from strongroom.app.public import publish_file
from strongroom.cli import options
from strongroom.cli.options import fail, settings_from
from strongroom.cli.parameter_client import CONNECTIONS, ParameterClient, RequestFailed
from strongroom.cli.parameter_files import BadFile, Format, format_of, read_parameters, write_parameters
from strongroom.cli.parameter_records import Parameter, Plan, full_name, plan
from strongroom.cli.private_files import write_private
from strongroom.core.errors import ApiError, OperatorError

TROUBLE = 2  # as of diff(1): 0 is the same, 1 is different
STANDARD_STREAM = Path("-")

app = typer.Typer(
    help="Parameters by the path: files, copies, differences. Endpoint, Region and credentials are those of every AWS tool"
    " (AWS_ENDPOINT_URL, AWS_PROFILE ...): see `strongroom env`.",
    no_args_is_help=True,
)

PathArgument = Annotated[str, typer.Argument(metavar="PATH", help="Path in Parameter Store, such as /app/prod.")]
FormatOption = Annotated[
    Literal["env", "json", "yaml"] | None, typer.Option("--format", "-f", help="Format; by default what the file's name says.")
]
Profile = Annotated[str | None, typer.Option("--profile", help="AWS profile of the (first) server.")]
ToProfile = Annotated[str | None, typer.Option("--to-profile", help="AWS profile of the other server; its endpoint_url counts.")]
ToEndpoint = Annotated[str | None, typer.Option("--to-endpoint-url", help="Endpoint of the other server.")]
ToRegion = Annotated[str | None, typer.Option("--to-region", help="Region on the other server.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write new versions of parameters that differ. Without it none is touched.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
KeyId = Annotated[str | None, typer.Option("--key-id", help="KMS key for SecureStrings, instead of alias/aws/ssm.")]


@contextmanager
def _troubles(status: int = 1) -> Iterator[None]:
    """End the command with one line for what can go wrong outside it."""
    try:
        yield
    except (RequestFailed, BadFile, OperatorError, ApiError) as error:
        raise fail(str(error), status) from None
    except OSError as error:
        raise fail(f"{error.filename}: {error.strerror}", status) from None
    except UnicodeDecodeError:
        raise fail("the file is not UTF-8", status) from None


@contextmanager
def _bar(label: str, total: int) -> Iterator[Progress]:
    """Show a bar on standard error, if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task(label, total=total)
        yield progress


@contextmanager
def _two_clients(
    profile: str | None, to_profile: str | None, to_region: str | None, to_endpoint_url: str | None
) -> Iterator[tuple[ParameterClient, ParameterClient]]:
    """Open a client of the first server, and one of the other, which is the same one unless something else is said."""
    with ParameterClient(profile) as first, ParameterClient(to_profile or profile, to_region, to_endpoint_url) as other:
        yield first, other


def _read(client: ParameterClient, path: str, *, decrypt: bool = True) -> list[Parameter]:
    """Return what lies below `path` with its values; without `decrypt`, SecureStrings are left out."""
    described = {parameter.name: parameter for parameter in client.describe(path)}
    found: list[Parameter] = []
    with _bar(f"Reading {path}", len(described)) as progress:
        for name, value in client.values(path, decrypt=decrypt):
            progress.advance(progress.task_ids[0])
            parameter = described.get(name)  # None for one that was created meanwhile
            if parameter is not None and (decrypt or not parameter.is_secure):
                found.append(replace(parameter, value=value))
    return found


def _format(given: Format | None, file: Path) -> Format:
    form = given or format_of(file)
    if form is None:
        raise BadFile(f"say --format env, json or yaml: the name {file} does not tell")
    return form


@app.command("export")
def export(
    path: PathArgument,
    file: Annotated[Path, typer.Argument(help="File to write, for its owner only (0600); - for standard output.")] = STANDARD_STREAM,
    form: FormatOption = None,
    profile: Profile = None,
    *,
    with_decryption: Annotated[bool, typer.Option("--with-decryption", help="Write SecureStrings too, in the clear.")] = False,
    skip_secure: Annotated[bool, typer.Option("--skip-secure", help="Leave SecureStrings out.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write everything below PATH to a file.

    A path that holds SecureStrings is exported only with --with-decryption or --skip-secure: neither is guessed.
    """
    with _troubles():
        chosen = _format(form, file)
        if file != STANDARD_STREAM and file.exists() and not force:
            raise BadFile(f"{file} exists; --force replaces it")
        with ParameterClient(profile) as client:
            secure = [] if with_decryption or skip_secure else [found for found in client.describe(path) if found.is_secure]
            if secure:
                raise BadFile(
                    f"{len(secure)} parameters below {path} are SecureStrings: --with-decryption writes them in the clear,"
                    " --skip-secure leaves them out"
                )
            found = _read(client, path, decrypt=with_decryption)
        text = write_parameters(found, chosen)
        if file == STANDARD_STREAM:
            typer.echo(text, nl=False)
        else:
            write_private(file, text)
            typer.echo(f"{len(found)} parameters written to {file}", err=True)


@app.command("import")
def import_file(
    path: PathArgument,
    file: Annotated[Path, typer.Argument(help="File to read; - for standard input.")],
    form: FormatOption = None,
    kind: Annotated[
        Literal["String", "StringList", "SecureString"], typer.Option("--type", help="Type of new parameters for which the file says none.")
    ] = "SecureString",
    key_id: KeyId = None,
    profile: Profile = None,
    *,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Write a file's parameters below PATH. What is there already and equal stays untouched; nothing is deleted.

    Existing parameters are read first, so the caller needs ssm:DescribeParameters, ssm:GetParametersByPath and kms:Decrypt too.
    """
    with _troubles():
        chosen = _format(form, file)
        text = (sys.stdin.buffer.read() if file == STANDARD_STREAM else file.read_bytes()).decode("utf-8-sig")
        said = read_parameters(text, chosen)
        with ParameterClient(profile) as client:
            present = _read(client, path)
            kinds = {parameter.name: parameter.type for parameter in present}
            wanted = [replace(found, type=found.type or kinds.get(found.name) or kind) for found in said]
            _carry_out(client, path, plan(present, wanted), key_id, overwrite=overwrite, dry_run=dry_run)


@app.command("copy")
def copy(
    path: PathArgument,
    target: Annotated[str | None, typer.Argument(metavar="[TARGET]", help="Path to copy to; by default the same.")] = None,
    profile: Profile = None,
    to_profile: ToProfile = None,
    to_endpoint_url: ToEndpoint = None,
    to_region: ToRegion = None,
    key_id: KeyId = None,
    *,
    overwrite: Overwrite = False,
    dry_run: DryRun = False,
) -> None:
    """Copy everything below PATH, here or to another server. Nothing is deleted there.

    SecureStrings are decrypted by the first server, and encrypted under a key of the other; they are not written to disk.
    Copied are current values with type, data type, tier, description and pattern, not history, labels, tags or policies.
    """
    with _troubles(), _two_clients(profile, to_profile, to_region, to_endpoint_url) as (source, other):
        wanted = _read(source, path)
        place = target or path
        _carry_out(other, place, plan(_read(other, place), wanted), key_id, overwrite=overwrite, dry_run=dry_run)


@app.command("diff")
def diff(
    path: PathArgument,
    other_path: Annotated[str | None, typer.Argument(metavar="[OTHER]", help="Path to compare with; by default the same.")] = None,
    profile: Profile = None,
    to_profile: ToProfile = None,
    to_endpoint_url: ToEndpoint = None,
    to_region: ToRegion = None,
) -> None:
    """Say where two paths differ, here or on two servers: - only in PATH, + only in OTHER, ~ in both. Values are never shown.

    Ends with 0 if they are the same, 1 if not, 2 in trouble.
    """
    with _troubles(TROUBLE), _two_clients(profile, to_profile, to_region, to_endpoint_url) as (first, second):
        found = plan(_read(first, path), _read(second, other_path or path), whole=True)
    _show(found)
    if found.create or found.change or found.extra:
        raise typer.Exit(1)


@app.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(help='JSON by Region: {"eu-west-1": [{"Name": "/aws/service/x", "Value": "v"}]}')],
    data_dir: options.DataDir = None,
    database_url: options.DatabaseUrl = None,
    seal: options.SealName = None,
    passphrase_file: options.PassphraseFile = None,
    config: options.ConfigFile = None,
) -> None:
    """Publish public parameters under /aws/service/ to every account, as the operator of the installation.

    Works beside the running server. A value that changed becomes the parameter's next version.
    """
    settings = settings_from(config, data_dir=data_dir, database_url=database_url, seal=seal, passphrase_file=passphrase_file)
    with _troubles():
        typer.echo(f"{publish_file(settings, file)} public parameters changed")


def _show(found: Plan) -> None:
    lines = [(parameter.name, f"- {parameter.name}") for parameter in found.extra]
    lines += [(parameter.name, f"+ {parameter.name}") for parameter in found.create]
    lines += [(change.after.name, f"~ {change.after.name} ({', '.join(change.members)})") for change in found.change]
    for _, line in sorted(lines):
        typer.echo(line)


def _carry_out(client: ParameterClient, path: str, todo: Plan, key_id: str | None, *, overwrite: bool, dry_run: bool) -> None:
    """Create and change what the plan says, below `path`."""
    kept = todo._replace(extra=[])
    for change in todo.change:
        if "type" in change.members:
            raise BadFile(f"{full_name(path, change.after.name)} is a {change.before.type}, and a type can't be changed: delete it first")
    if dry_run:
        _show(kept)
    elif todo.change and not overwrite:
        _show(kept)
        raise BadFile(f"{len(todo.change)} parameters differ; nothing was written: --overwrite writes their next versions")
    else:
        new = [(parameter, False) for parameter in todo.create]
        _put_all(client, path, [*new, *((change.after, True) for change in todo.change)], key_id)
    done = "would be " if dry_run else ""
    typer.echo(f"{len(todo.create)} {done}created, {len(todo.change)} {done}changed, {todo.same} the same", err=True)


def _put_all(client: ParameterClient, path: str, work: Sequence[tuple[Parameter, bool]], key_id: str | None) -> None:
    """Write them side by side. After a failure no further one is begun; what is written stays, and the command can be run again."""

    def put(item: tuple[Parameter, bool]) -> None:
        client.put(full_name(path, item[0].name), item[0], key_id, overwrite=item[1])

    with _bar(f"Writing {path}", len(work)) as progress, ThreadPoolExecutor(CONNECTIONS) as pool:
        futures = [pool.submit(put, item) for item in work]
        try:
            for future in futures:
                future.result()
                progress.advance(progress.task_ids[0])
        except RequestFailed:
            for future in futures:
                future.cancel()
            raise

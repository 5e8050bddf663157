"""Where things lie in the data directory, and how it is made safe."""

from dataclasses import dataclass
from pathlib import Path

from strongroom.core.errors import OperatorError

PRIVATE_DIRECTORY = 0o700
GROUP_AND_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The files of one installation. Everything below `root` is readable by the server's user alone."""

    root: Path

    @property
    def root_key(self) -> Path:
        """Return the file of the root key (or of the passphrase seal's parameters)."""
        return self.root / "root.key"

    @property
    def marker(self) -> Path:
        """Return the file that `init` writes last; it names the first account."""
        return self.root / "initialised"

    @property
    def shared(self) -> Path:
        """Return the directory in which the running workers leave their metrics."""
        return self.root / "run"

    @property
    def feed_anchor(self) -> Path:
        """Return the file that holds the change feed's head, outside the database."""
        return self.root / "feed-anchor"

    @property
    def database(self) -> Path:
        """Return the embedded database."""
        return self.root / "strongroom.db"

    @property
    def audit(self) -> Path:
        """Return the directory of the audit segments."""
        return self.root / "audit"

    @property
    def tls(self) -> Path:
        """Return the directory of the local CA that `--tls auto` makes."""
        return self.root / "tls"

    @property
    def root_credentials(self) -> Path:
        """Return the AWS shared credentials file that `init --save-credentials` writes."""
        return self.root / "root-credentials"

    def create(self) -> None:
        """Make the directories, private. Raises OperatorError if the place can't be used."""
        try:
            self.root.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            self.audit.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        except OSError as error:
            raise OperatorError(f"{error.filename}: {error.strerror}") from error

    def ensure_private(self) -> None:
        """Raise OperatorError if the directory is missing or others may read it."""
        if not self.root.is_dir():
            raise OperatorError(f"{self.root} does not exist; run `strongroom init --data-dir {self.root}` first")
        if self.root.stat().st_mode & GROUP_AND_OTHERS:
            raise OperatorError(f"{self.root} can be read by other users; run `chmod 700 {self.root}`")

    def is_initialised(self) -> bool:
        """Return whether `init` has come to its end here; a broken-off one is taken up again."""
        return self.marker.exists()

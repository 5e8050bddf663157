"""Lets Airflow's own backends read connections, variables and configuration from Strongroom, unmodified.

Airflow is too large for the tests of every change. This makes a throw-away environment for it, starts `strongroom dev`, fills it,
and runs the backends in that environment:  python scripts/compat/airflow.py [DIRECTORY]
DIRECTORY keeps the environment for the next time.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("apache-airflow", "apache-airflow-providers-amazon")
REGION = "eu-west-1"
CHECK = """
from airflow.providers.amazon.aws.secrets.secrets_manager import SecretsManagerBackend
from airflow.providers.amazon.aws.secrets.systems_manager import SystemsManagerParameterStoreBackend

store = SystemsManagerParameterStoreBackend()
assert store.get_conn_value("postgres") == "postgres://user:hush@host:5432/db"
connection = store.get_connection("postgres")
assert (connection.host, connection.port, connection.password) == ("host", 5432, "hush"), connection
assert store.get_variable("greeting") == "hello"
assert store.get_config("sql_alchemy_conn") == "sqlite://"
assert store.get_variable("none") is None
secrets = SecretsManagerBackend()
assert secrets.get_variable("greeting") == "hello from a secret"
assert secrets.get_conn_value("none") is None
import airflow
import airflow.providers.amazon as amazon
print(f"Airflow {airflow.__version__} with the Amazon provider {amazon.__version__} reads from Strongroom")
"""


def environment(directory: Path) -> Path:
    """Return the Python of an environment that has Airflow."""
    python = directory / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def fill(variables: dict[str, str]) -> None:
    """Create what the backends look for under their default prefixes."""
    os.environ.update(variables)
    session = boto3.Session()
    ssm, secrets = session.client("ssm"), session.client("secretsmanager")
    ssm.put_parameter(Name="/airflow/connections/postgres", Value="postgres://user:hush@host:5432/db", Type="SecureString")
    ssm.put_parameter(Name="/airflow/variables/greeting", Value="hello", Type="String")
    ssm.put_parameter(Name="/airflow/config/sql_alchemy_conn", Value="sqlite://", Type="SecureString")
    secrets.create_secret(Name="airflow/variables/greeting", SecretString="hello from a secret")


def main() -> int:
    """Run the check and return its exit status."""
    with tempfile.TemporaryDirectory() as scratch:
        python = environment(Path(sys.argv[1] if len(sys.argv) > 1 else f"{scratch}/airflow"))
        command = [sys.executable, "-m", "strongroom", "dev", "--listen", "127.0.0.1:0"]
        paths = {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, env={**os.environ, **paths}, stdout=subprocess.PIPE, text=True) as server:
            try:
                line = next(line for line in server.stdout or () if "AWS_ENDPOINT_URL=" in line)
                url = line.split("AWS_ENDPOINT_URL=")[1].split()[0]
                credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
                variables = {"AWS_ENDPOINT_URL": url, **credentials}
                fill(variables)
                kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
                home = {"AIRFLOW_HOME": f"{scratch}/home", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
                return subprocess.run([str(python), "-c", CHECK], env={**kept, **variables, **home}, check=False).returncode
            finally:
                server.terminate()


if __name__ == "__main__":
    sys.exit(main())

"""Puts one node together: names every concrete backend, and nothing else does."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry

from strongroom import cloudtrail, iam, kms, secretsmanager, ssm, sts
from strongroom.app.clocks import ServerClocks
from strongroom.app.layout import DataDirectory
from strongroom.calls.call import Environment
from strongroom.calls.engine import Engine
from strongroom.calls.jobs import Job
from strongroom.calls.observations import OBSERVATIONS, Observer
from strongroom.calls.operation import Service
from strongroom.calls.scheduler import Context, Scheduler
from strongroom.config import Settings
from strongroom.crypto.domain_keys import DomainKeyRing
from strongroom.crypto.random import random_bytes
from strongroom.crypto.records import RecordSealer
from strongroom.crypto.seals import KeyFileSeal, PassphraseSeal, Seal
from strongroom.crypto.tokens import TokenSealer

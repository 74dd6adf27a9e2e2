"""The engines that data can be computed on."""

from typing import Literal

EngineName = Literal["duckdb", "spark"]

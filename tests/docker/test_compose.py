"""The promises of docker/compose.yaml, read from the file: no container engine is needed."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from engines.served import command_line

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["embedded", "api"]
SANDBOX = "sandbox"
"""Whose programs are isolated by what a container's own confinement would forbid."""
VLLM = ["policy", "prm"]
DATA = ["postgres", "migrate"]
WATCHING = ["prometheus", "grafana"]
OF_OTHERS = ["postgres", *WATCHING]
EXAMPLE = (ROOT / "docker/example.env").read_text()


def in_profile(profile: str) -> set[str]:
    return {name for name, service in SERVICES.items() if profile in service["profiles"]}


def test_a_profile_starts_what_it_says() -> None:
    assert in_profile("embedded") == {"embedded"}
    assert in_profile("gpu") == {"api", "fetch", "policy", "prm", "sandbox"}
    assert in_profile("postgres") == set(DATA)
    assert in_profile("monitoring") == set(WATCHING)


def test_nothing_starts_without_a_profile() -> None:
    assert all(service["profiles"] for service in SERVICES.values())


@pytest.mark.parametrize("name", [*OURS, SANDBOX])
def test_an_image_is_built_from_a_stage_of_the_dockerfile(name: str) -> None:
    dockerfile = (ROOT / "docker/Dockerfile").read_text()
    stages = re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE)
    assert SERVICES[name]["build"]["target"] in stages


@pytest.mark.parametrize("name", [*OURS, SANDBOX])
def test_our_services_cannot_write_their_root(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert [mount.split(":")[0] for mount in SERVICES[name]["tmpfs"]] == ["/tmp"]
    assert SERVICES[name].get("volumes", []) == ([] if name == SANDBOX else ["data:/data"])


@pytest.mark.parametrize("name", OF_OTHERS)
def test_what_others_made_cannot_write_its_root_either(name: str) -> None:
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", [*OURS, "migrate"])
def test_our_services_share_a_database_and_want_keys(name: str) -> None:
    told = SERVICES[name]["environment"]
    assert told["FATHOM_DATABASE"] == "${FATHOM_DATABASE:-/data/fathom.db}"
    assert told["FATHOM_KEYS"] == "${FATHOM_KEYS:-off}"
    assert told["FATHOM_ADMIN_KEY"] == "${FATHOM_ADMIN_KEY:-}"


def test_the_database_reaches_nobody_and_only_we_reach_it() -> None:
    joined = {name for name in SERVICES if "data" in SERVICES[name].get("networks", [])}
    assert joined == {*OURS, *DATA}
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert "ports" not in SERVICES["postgres"]


def test_the_tables_are_brought_up_to_date_once_there_is_a_database() -> None:
    assert SERVICES["migrate"]["command"] == ["fathom", "database", "upgrade"]
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_dashboard_is_published_on_loopback() -> None:
    assert SERVICES["grafana"]["ports"] == ["${GRAFANA_PUBLISH:-127.0.0.1:3000}:3000"]
    assert "ports" not in SERVICES["prometheus"]


def test_files_that_are_mounted_are_there() -> None:
    for name in WATCHING:
        for mount in SERVICES[name]["volumes"]:
            source = mount.split(":")[0]
            there = source in COMPOSE["volumes"] or (ROOT / "docker" / source).is_file()
            assert there, mount


def test_every_variable_is_in_the_example() -> None:
    text = (ROOT / "docker/compose.yaml").read_text()
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    assert used == set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) - {"COMPOSE_PROFILES"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_privileges(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    confined = SERVICES[name]["security_opt"]
    assert "no-new-privileges:true" in confined
    assert len(confined) == 1 or name == SANDBOX
    assert SERVICES[name]["init"] is True


@pytest.mark.parametrize("name", OURS)
def test_the_api_is_published_on_loopback_unless_asked_otherwise(name: str) -> None:
    assert SERVICES[name]["ports"] == ["${PUBLISH:-127.0.0.1:8000}:8000"]


@pytest.mark.parametrize("name", [*VLLM, "fetch"])
def test_vllm_has_no_port_on_the_host(name: str) -> None:
    assert "ports" not in SERVICES[name]
    assert SERVICES[name].get("network_mode") != "host"


@pytest.mark.parametrize("name", VLLM)
def test_vllm_is_on_the_internal_network_alone(name: str) -> None:
    assert SERVICES[name]["networks"] == ["engines"]
    assert COMPOSE["networks"]["engines"] == {"internal": True}


def test_of_our_services_only_the_api_reaches_vllm() -> None:
    joined = {name for name in SERVICES if "engines" in SERVICES[name].get("networks", [])}
    assert joined == {"api", *VLLM}


def test_the_api_starts_without_waiting_for_an_engine() -> None:
    assert "depends_on" not in SERVICES["api"]


def test_the_api_is_pointed_at_both_servers() -> None:
    command = SERVICES["api"]["command"]
    assert {"--engine-url=http://policy:8000", "--prm-url=http://prm:8000"} <= set(command)
    assert SERVICES["api"]["environment"]["FATHOM_ENGINE__KIND"] == "vllm"


def test_the_servers_load_one_after_the_other() -> None:
    assert (
        SERVICES["policy"]["depends_on"]["fetch"]["condition"] == "service_completed_successfully"
    )
    assert SERVICES["prm"]["depends_on"]["policy"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", [*OURS, SANDBOX, *VLLM])
def test_a_server_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert check["start_period"] == ("600s" if name in VLLM else "60s")


@pytest.mark.parametrize("name", VLLM)
def test_vllm_reserves_a_gpu_and_shared_memory(name: str) -> None:
    (device,) = SERVICES[name]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    assert SERVICES[name]["shm_size"] == "8gb"


def test_the_two_servers_fit_on_one_gpu() -> None:
    shares = [
        float(share)
        for name in VLLM
        for share in re.findall(r"--gpu-memory-utilization=\$\{\w+:-(.+?)\}", str(SERVICES[name]))
    ]
    assert len(shares) == 2
    assert sum(shares) <= 0.95


def test_the_policy_is_started_with_the_flags_that_serve_gives_its_own() -> None:
    told = " ".join(SERVICES["policy"]["command"]).replace("=", " ")
    ours = command_line(("vllm", "serve"), "generator", "m", 0)
    flags = ours[ours.index("--enable-prompt-tokens-details") :]
    assert told.endswith(" ".join(flags))


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_a_tag_of_its_own(name: str) -> None:
    _, tag = SERVICES[name]["image"].split(":")
    assert tag != "latest"


@pytest.mark.parametrize("name", [*OURS, *VLLM])
def test_a_server_gets_time_to_end(name: str) -> None:
    assert SERVICES[name]["stop_grace_period"] == "60s"


def test_the_sandbox_reaches_nobody_and_only_the_api_reaches_it() -> None:
    joined = {name for name in SERVICES if "programs" in SERVICES[name].get("networks", [])}
    assert joined == {"api", SANDBOX}
    assert SERVICES[SANDBOX]["networks"] == ["programs"]
    assert COMPOSE["networks"]["programs"] == {"internal": True}
    assert "ports" not in SERVICES[SANDBOX]
    assert "volumes" not in SERVICES[SANDBOX]


def test_the_sandbox_is_bounded_as_a_whole() -> None:
    sandbox = SERVICES[SANDBOX]
    assert (sandbox["mem_limit"], sandbox["memswap_limit"]) == ("4g", "4g")
    assert sandbox["pids_limit"] == 1024


def test_the_api_and_the_sandbox_have_one_key() -> None:
    api, sandbox = SERVICES["api"]["environment"], SERVICES[SANDBOX]["environment"]
    assert api["FATHOM_SANDBOX__API_KEY"] == sandbox["FATHOM_SANDBOX_KEY"] == "${SANDBOX_KEY:-}"
    assert api["FATHOM_SANDBOX__URL"] == "http://sandbox:8020"
    assert api["FATHOM_SANDBOX__KIND"] == "server"

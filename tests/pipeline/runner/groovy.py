"""The Groovy that runs a Jenkinsfile: where it is on this machine, and the runner compiled with it."""

import hashlib
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCES = Path(__file__).parent / "src"
_COMPILER = "org.codehaus.groovy.tools.FileSystemCompiler"
# Groovy 2.4 is older than Java's modules, and reaches into these.
_OPENED = (
    "java.io",
    "java.lang",
    "java.lang.reflect",
    "java.net",
    "java.nio",
    "java.nio.file",
    "java.util",
    "java.util.concurrent",
)


@cache
def missing() -> str:
    """What is missing on this machine to run a Jenkinsfile; empty where nothing is."""
    if _java() is None:
        return "java is not installed (apt-get install default-jre-headless)"
    jar = _jar()
    if jar is None:
        return "groovy is not installed (apt-get install groovy), which is Groovy 2.4 as Jenkins has it"
    return "" if re.search(r"-2\.4\.\d+\.jar$", jar.resolve().name) else f"{jar} is not Groovy 2.4, which Jenkins has"


def program() -> list[str]:
    """The command that runs the runner, up to its arguments. It is compiled where its sources are new."""
    java, jar = _java(), _jar()
    assert java is not None
    assert jar is not None, missing()
    return [*_machine(java), "-cp", f"{jar}{os.pathsep}{_compiled(java, jar)}", "runner.Main"]


def _machine(java: str) -> list[str]:
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
    # A build lives for seconds, and several share two cores: what makes long runs fast only costs here.
    return [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m", *opened]


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    if home and (program := Path(home, "bin", "java")).is_file():
        return str(program)
    return shutil.which("java")


def _jar() -> Path | None:
    places = [Path("/usr/share/java/groovy-all.jar")]
    if home := os.environ.get("GROOVY_HOME"):
        places = [*sorted(Path(home).glob("embeddable/groovy-all-2.4.*.jar")), *places]
    return next((place for place in places if place.is_file()), None)


@cache
def _compiled(java: str, jar: Path) -> Path:
    sources = sorted(SOURCES.rglob("*.groovy"))
    mark = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    classes = ROOT / "build" / "pipeline" / f"runner-{mark}"
    if not classes.is_dir():
        # Under another name first: two test workers may compile at once, and whoever is first wins.
        fresh = classes.with_name(f"{classes.name}.{os.getpid()}")
        fresh.mkdir(parents=True, exist_ok=True)
        command = [*_machine(java), "-cp", str(jar), _COMPILER, "-d", str(fresh), *map(str, sources)]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
        try:
            fresh.rename(classes)
        except OSError:
            shutil.rmtree(fresh)
    return classes

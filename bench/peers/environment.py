"""What the peers need: environments of Python made under the build folder, and the peers in C++, built. Runs under a
bare Python; nothing here may need a package."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wno-sign-conversion", "-Werror"]
NATIVE_FLAGS = ["-std=c++20", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", "-fvisibility=hidden",
                *WARNINGS]


class Missing(Exception):
    """Something that a peer needs is not to be had; the text says what."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def python_environment(build: pathlib.Path, name: str, requirements: pathlib.Path, *alone: str) -> pathlib.Path:
    """Makes the environment `name` under the build folder, unless it is there with these requirements and the packages
    of `alone`, which are installed without what they ask for. Returns its folder."""
    folder = build / name
    stamp = folder / "installed"
    wanted = hashlib.sha256(requirements.read_bytes() + repr(alone).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    say(f"bench: installing what {requirements.name} lists")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    commands = [[sys.executable, "-m", "venv", str(folder)], [*install, "-r", str(requirements)]]
    if alone:
        commands.append([*install, "--no-deps", *alone])
    for command in commands:
        done = subprocess.run(command, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise Missing(f"{' '.join(command[:4])} ... failed (Debian: apt-get install python3-venv)")
    stamp.write_text(wanted)
    return folder


def native_library(build: pathlib.Path, source: str, compiler: str, *flags: str) -> pathlib.Path:
    """Builds native/`source`, unless the same was built before. Returns the library."""
    if shutil.which(compiler) is None:
        raise Missing(f"there is no {compiler}")
    command = [compiler, *NATIVE_FLAGS, str(HERE / "native" / source), *flags]
    texts = [path.read_bytes() for path in sorted((HERE / "native").glob("*.h")) + [HERE / "native" / source]]
    key = hashlib.sha256(b"\0".join([*texts, " ".join(command).encode()])).hexdigest()[:16]
    library = build / "bench-peers" / f"{pathlib.Path(source).stem}-{compiler}-{key}.so"
    if not library.exists():
        say(f"bench: building {source} with {compiler}")
        library.parent.mkdir(parents=True, exist_ok=True)
        unfinished = library.with_suffix(f".{os.getpid()}")
        done = subprocess.run([*command, "-o", str(unfinished)], stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise Missing(f"{compiler} could not build {source}")
        unfinished.rename(library)
    return library


def one_thread() -> dict[str, str]:
    """An environment that holds every library to one thread, and OpenBLAS to no kernel but its own choice."""
    variables = {name: value for name, value in os.environ.items()
                 if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONPATH")}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
                 "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        variables[name] = "1"
    variables["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    variables["TF_CPP_MIN_LOG_LEVEL"] = "3"
    variables["JAX_PLATFORMS"] = "cpu"
    return variables

"""Somebody with a GnuPG key that Argo CD knows."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.argo import Account
from tests.tagbump.world import World


@dataclass(frozen=True)
class Signer:
    """A key, and the folder of its keyring."""

    home: Path
    key: str
    """Its long id, 16 hex digits."""
    admin: Account

    def sign(self, world: World) -> None:
        """Have every commit in `world` signed from now on."""
        world.env |= {"GNUPGHOME": str(self.home)}
        world.git("config", "user.signingKey", self.key)
        world.git("config", "commit.gpgSign", "true")

    def introduce(self) -> None:
        """Tell Argo CD of the key, also once more.

        Its repo server takes a key when the file changes, and does not try again: where the file is not written in one
        piece, as a kubelet does, it may find half of it.
        """
        self.dismiss(check=False)
        self.admin.ask("gpg", "add", "--from", str(self.home / "key.asc"), check=True)

    def dismiss(self, *, check: bool = True) -> None:
        """Have Argo CD forget the key."""
        self.admin.ask("gpg", "rm", self.key, check=check)

    def forget(self, world: World) -> None:
        """Have none signed from now on."""
        world.git("config", "commit.gpgSign", "false")


@contextmanager
def signer(folder: Path, admin: Account) -> Iterator[Signer]:
    """Make a key, tell Argo CD of it, and have it forgotten in the end."""
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    words = ["gpg", "--homedir", str(home), "--batch"]
    subprocess.run(
        [*words, "--passphrase", "", "--quick-generate-key", "Release Bot <bot@example.com>", "ed25519", "sign", "1d"],
        check=True, capture_output=True,
    )  # fmt: skip
    listed = subprocess.run([*words, "--list-keys", "--with-colons"], check=True, capture_output=True, text=True).stdout
    (key,) = re.findall(r"^pub:(?:[^:]*:){3}([0-9A-F]{16}):", listed, re.MULTILINE)
    exported = subprocess.run([*words, "--armor", "--export", key], check=True, capture_output=True).stdout
    (home / "key.asc").write_bytes(exported)
    found = Signer(home, key, admin)
    found.introduce()
    try:
        yield found
    finally:
        found.dismiss()
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)

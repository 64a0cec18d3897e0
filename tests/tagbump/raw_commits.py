"""Commits as git stores them."""

TREE, FIRST, SECOND = "1" * 40, "2" * 40, "3" * 40
JANE = "Jane Doe <jane@example.com> 1700000000 +0100"
ADA = "Ada <ada@example.com> 1700000060 -0800"
SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----"


def raw(message: str = "feat: a thing\n", *headers: str, author: str = JANE, committer: str = ADA) -> bytes:
    """Return the bytes of a commit; `headers` stand where git writes its optional ones."""
    lines = [f"tree {TREE}", f"parent {FIRST}", f"author {author}", f"committer {committer}", *headers]
    return ("\n".join(lines) + "\n\n" + message).encode()

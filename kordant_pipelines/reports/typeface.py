"""The reports' typeface: from a wheel, so that every host sets the same text in the same bytes."""

from importlib.resources import files

SCHEME = "kordant-font:"
FACES = {400: "FiraSans-Regular.ttf", 500: "FiraSans-Medium.ttf", 600: "FiraSans-SemiBold.ttf"}
"""Static faces by weight: a variable font would be instanced anew, with a time stamp, each time."""


def face_rules() -> str:
    """The `@font-face` rules; their addresses are answered by `reports.pdf` alone."""
    return "\n".join(
        f"@font-face {{ font-family: 'Fira Sans'; font-weight: {weight}; "
        f"src: url('{SCHEME}{name}') format('truetype'); }}"
        for weight, name in FACES.items()
    )


def face(url: str) -> bytes | None:
    """The font behind an address of ours; None for any other address."""
    name = url.removeprefix(SCHEME)
    if not url.startswith(SCHEME) or name not in FACES.values():
        return None
    return files("fontpkg_fira_sans").joinpath("files", name).read_bytes()

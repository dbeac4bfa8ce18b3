"""A table of measures: the last lines of a bench."""

from collections.abc import Sequence


class Table:
    """Measures by name, in the order they came; printed as they come and once more at the end.

    `first` names those that `numbers` begins with.
    """

    def __init__(self, *, first: Sequence[str] = ()) -> None:
        self._first = first
        self._values: dict[str, float] = {}

    def note(self, name: str, value: float) -> None:
        """Keep a measure and print it."""
        self._values[name] = round(value, 4)
        print(f"{name:42} {value:12.3f}", flush=True)

    def notes(self, values: dict[str, float]) -> None:
        """Keep several."""
        for name, value in values.items():
            self.note(name, value)

    def ratio(self, name: str, over: str, under: str) -> None:
        """Keep the quotient of two measures."""
        self.note(name, self._values[over] / self._values[under])

    def highest(self, name: str, among: Sequence[str]) -> None:
        """Keep the highest of several measures under another name."""
        self.note(name, max(self._values[one] for one in among))

    def numbers(self) -> dict[str, float]:
        """All measures."""
        return {**{name: self._values[name] for name in self._first}, **self._values}

    def show(self) -> None:
        """Print all that both systems have, side by side, then the rest."""
        both = [name for name in self._values if f"stock_{name}" in self._values]
        print(f"\n{'':34} {'ours':>12} {'stock':>12} {'stock/ours':>12}")
        for name in both:
            ours, stock = self._values[name], self._values[f"stock_{name}"]
            times = f"{stock / ours:12.1f}" if ours else " " * 12
            print(f"{name:34} {ours:12.3f} {stock:12.3f} {times}")
        print()
        for name, value in self._values.items():
            if name not in both and name.removeprefix("stock_") not in both:
                print(f"{name:42} {value:12.3f}")

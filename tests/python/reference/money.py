"""What an amount in another currency is worth in euro.

Section 1.13 of the semantics: what was signed or refunded goes at the rate of its own
day, what is still open at the newest rate that is known on the day of the report. Where
there is no rate there is no answer.
"""

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from .calendar import Calendar
from .reading import Exports

EURO = "EUR"
# Wide enough for any amount times any rate; half a cent goes away from zero.
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
CENT = Decimal("0.01")


class NoRateError(LookupError):
    """An amount that nobody can say the worth of."""


def in_cents(amount: Decimal) -> int:
    """An amount in whole cents."""
    return int(EXACT.quantize(amount, CENT) * 100)


class Rates:
    """The rates of finance, as its newest dump has them."""

    def __init__(self, exports: Exports, calendar: Calendar) -> None:
        self._today = calendar.local_day(exports.as_of)
        self._eur_per_unit = {
            (row["currency"], row["rate_date"]): row["eur_per_unit"]
            for row in exports.present["finance__fx_rates"]
        }

    def cents_on(self, day: date, amount: Decimal, currency: str) -> int:
        """What an amount was worth on a day."""
        # Finance keeps cents of every currency, before anything is converted.
        return self.cents_of_cost(day, EXACT.quantize(amount, CENT), currency)

    def cents_of_cost(self, day: date, cost: Decimal, currency: str) -> int:
        """What a cost was worth on a day; platforms tell less than cents of it."""
        if currency == EURO:
            return in_cents(cost)
        if (currency, day) not in self._eur_per_unit:
            raise NoRateError(f"there is no rate of {currency} on {day}")
        return in_cents(EXACT.multiply(cost, self._eur_per_unit[currency, day]))

    def cents_today(self, amount: Decimal, currency: str) -> int:
        """What an amount is worth at the newest rate on the day of the report."""
        return self.cents_by(self._today, amount, currency)

    def cents_by(self, last: date, amount: Decimal, currency: str) -> int:
        """What an amount was worth at the newest rate of a day or before it."""
        known = [
            day for code, day in self._eur_per_unit if code == currency and day <= last
        ]
        return self.cents_on(max(known, default=last), amount, currency)

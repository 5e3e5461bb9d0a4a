"""How often work comes back, as people say it in three languages."""

from __future__ import annotations

import pytest

from bot.policy.phrases.recurring import parse
from bot.policy.phrases.unclear import Unclear


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("every working day", "workday"),
        ("Each business day", "workday"),
        ("every weekday", "workday"),
        ("every Friday", "week:5"),
        ("on Fridays", "week:5"),
        ("each thu", "week:4"),
        ("every week on Monday", "week:1"),
        ("weekly on sunday", "week:7"),
        ("every month on the 15th", "month:15"),
        ("the fifteenth of every month", "month:15"),
        ("the 31st of each month", "month:31"),
        ("on day 3 of every month", "month:3"),
        ("last working day of the month", "month:last"),
        ("every month on the last working day", "month:last"),
        ("end of every month", "month:last"),
        ("every quarter", "quarter:last"),
        ("the last business day of each quarter", "quarter:last"),
        ("the 15th of the last month of every quarter", "quarter:15"),
        ("mỗi ngày làm việc", "workday"),
        ("moi ngay lam viec", "workday"),
        ("thứ sáu hằng tuần", "week:5"),
        ("thứ sáu hàng tuần", "week:5"),
        ("thu sau hang tuan", "week:5"),
        ("mỗi thứ hai", "week:1"),
        ("hằng tuần vào thứ 4", "week:3"),
        ("T6 hằng tuần", "week:5"),
        ("ngày 15 hằng tháng", "month:15"),
        ("ngay 15 hang thang", "month:15"),
        ("mùng 5 hằng tháng", "month:5"),
        ("mỗi tháng ngày 20", "month:20"),
        ("ngày làm việc cuối tháng", "month:last"),
        ("ngay lam viec cuoi thang", "month:last"),
        ("ngày làm việc cuối cùng của mỗi tháng", "month:last"),
        ("hằng quý", "quarter:last"),
        ("hang quy", "quarter:last"),
        ("ngày làm việc cuối quý", "quarter:last"),
        ("ngày 15 tháng cuối quý", "quarter:15"),
        ("w każdy dzień roboczy", "workday"),
        ("w kazdy dzien roboczy", "workday"),
        ("w dni robocze", "workday"),
        ("co piątek", "week:5"),
        ("co piatek", "week:5"),
        ("co środę", "week:3"),
        ("w każdą niedzielę", "week:7"),
        ("we wtorki", "week:2"),
        ("15. dnia każdego miesiąca", "month:15"),
        ("15 kazdego miesiaca", "month:15"),
        ("do 10-go każdego miesiąca", "month:10"),
        ("piętnastego każdego miesiąca", "month:15"),
        ("co miesiąc do 20 dnia", "month:20"),
        ("ostatni dzień roboczy miesiąca", "month:last"),
        ("ostatniego dnia roboczego każdego miesiąca", "month:last"),
        ("co kwartał", "quarter:last"),
        ("co kwartal", "quarter:last"),
        ("ostatni dzień roboczy kwartału", "quarter:last"),
        ("15. dnia ostatniego miesiąca kwartału", "quarter:15"),
    ],
)
def test_what_people_say_is_understood(text: str, rule: str) -> None:
    found, clock = parse(text)
    assert (str(found), clock) == (rule, "")


@pytest.mark.parametrize(
    ("text", "rule", "clock"),
    [
        ("every Friday at 15:00", "week:5", "15:00"),
        ("every friday 9:30", "week:5", "09:30"),
        ("15h thứ sáu hằng tuần", "week:5", "15:00"),
        ("thứ sáu hằng tuần lúc 16h30", "week:5", "16:30"),
        ("co piątek o 15:00", "week:5", "15:00"),
        ("ostatni dzień roboczy miesiąca do 12:00", "month:last", "12:00"),
    ],
)
def test_an_hour_may_stand_beside_it(text: str, rule: str, clock: str) -> None:
    found, said = parse(text)
    assert (str(found), said) == (rule, clock)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Friday",
        "every day",
        "every second Friday",
        "every month",
        "every year",
        "every month on the 32nd",
        "ngày 32 hằng tháng",
        "ngày 15",
        "thứ sáu",
        "co drugi piątek",
        "co miesiąc",
        "32. dnia każdego miesiąca",
        "every Friday every Monday",
        "every Friday at 25:00",
        "at 15:00",
        "every Friday, please",
        "every working day " * 10,
    ],
)
def test_what_is_not_covered_as_a_whole_is_refused(text: str) -> None:
    with pytest.raises(Unclear):
        parse(text)

"""What the page of meal safety slips says, in Chinese and in English."""

from __future__ import annotations

from html import escape
from typing import Final

from starlette.responses import HTMLResponse

from hub.pages import page
from kiosk.credentials.slip import Crew, Label, Measured, Role, Slip
from kiosk.terms import Reason

GENUINE: Final = "真实有效 Genuine: signed by this kiosk and unchanged since"
SAME_ORDER: Final = "与该订单相符 This is the slip of that order"
OTHER_ORDER: Final = "与该订单不符 This slip belongs to another order"
NOT_ASKED: Final = "请输入订单号，核对是否为您的餐 Enter the order number to see whether it is your meal"
RECORDED: Final = "已存入本平台记录 Recorded in the city's log of this kiosk"
NOT_ARRIVED: Final = "设备的记录尚未上传，请稍后再试 Not yet arrived in the city's log; look again later"
NOT_MEASURED: Final = "未测量 Not measured"

_REFUSED = {
    Reason.MALFORMED: "这不是餐品安全单，或内容不完整 This is no meal safety slip, or not all of one",
    Reason.UNKNOWN_ISSUER: "本平台未登记该设备 No kiosk of that name is registered here",
    Reason.BAD_SIGNATURE: "签名不符：伪造或被改动 Forged or changed: the kiosk on it has not signed this",
    Reason.NOT_YET_VALID: "日期在将来 Dated in the future",
}
_ROLES = {Role.COOK: "厨师 Cook", Role.PACKER: "打包 Packer", Role.COURIER: "骑手 Courier"}
_LABELS = {
    Label.FACE_SKIN: "面部皮肤 Skin of the face",
    Label.ORAL_ESTIMATE: "口腔估计 Estimate for the mouth",
    Label.CLINICAL: "体温计复测，由工作人员测量 Clinical thermometer, taken by staff",
}


def empty() -> HTMLResponse:
    """The form alone."""
    return _answer("", "", "")


def refused(reason: Reason, text: str, order: str) -> HTMLResponse:
    return _answer(f'<p class="bad" role="alert">{escape(_REFUSED[reason])}</p>', text, order)


def too_many(wait_s: int) -> HTMLResponse:
    """Too many checks at once."""
    said = "请稍候再试 Too many checks at once; try again in a moment"
    response = _answer(f'<p class="bad" role="alert">{escape(said)}</p>', "", "", status=429)
    response.headers["Retry-After"] = str(wait_s)
    return response


def genuine(slip: Slip, text: str, order: str, *, is_recorded: bool) -> HTMLResponse:
    """A slip that holds; whether it is that of the order, if one was named, and whether its entry is here."""
    facts = _facts(slip, RECORDED if is_recorded else NOT_ARRIVED)
    return _answer(_order(slip, order) + facts + _people(slip), text, order)


def _answer(verdict: str, text: str, order: str, status: int = 200) -> HTMLResponse:
    return page(
        "slips.html",
        status=status,
        form_action="'self'",
        verdict=verdict,
        slip=escape(text),
        order=escape(order),
    )


def _order(slip: Slip, order: str) -> str:
    good = f'<p class="good" role="status">{escape(GENUINE)}</p>'
    if not order:
        return f'{good}<p class="open">{escape(NOT_ASKED)}</p>'
    if slip.is_of(order):
        return f'{good}<p class="good">{escape(SAME_ORDER)}</p>'
    return f'<p class="bad" role="alert">{escape(OTHER_ORDER)}</p>'


def _facts(slip: Slip, record: str) -> str:
    rows = (
        ("地点 Place", escape(slip.place or "-")),
        ("设备 Kiosk", escape(slip.device_id)),
        ("交餐时间 Handed over", _time(slip.issued_at.isoformat())),
        ("记录编号 Number in its journal", str(slip.passage)),
        ("平台记录 City's log", escape(record)),
    )
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"


def _people(slip: Slip) -> str:
    head = "<tr><th>谁 Who</th><th>体温 Temperature</th><th>测量时间 Measured</th><th>限值 Limit</th></tr>"
    rows = "".join(_crew(crew) for crew in slip.people)
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _crew(crew: Crew) -> str:
    role = _ROLES[crew.role]
    if not crew.measured:
        return f'<tr><td>{role}</td><td colspan="3">{NOT_MEASURED}</td></tr>'
    rows = "".join(_measured(role, each) for each in crew.measured)
    unlisted = crew.count - len(crew.measured)
    if unlisted:
        rows += (
            f'<tr><td>{role}</td><td colspan="3">另有 {unlisted} 人，同法测量不高于以上 '
            f"{unlisted} more, measured no higher in the same way</td></tr>"
        )
    return rows


def _measured(role: str, each: Measured) -> str:
    within = "限值内 within" if each.within_limit else "超限 above"
    u = "" if each.u_tenths is None else f" ± {each.u_tenths / 10:.1f} °C"
    degrees = f"{each.tenths / 10:.1f} °C{u}"
    value = f"<b>{degrees}</b><br><small>{_LABELS[each.label]}</small>"
    return f"<tr><td>{role}</td><td>{value}</td><td>{_time(each.at.isoformat())}</td><td>{within}</td></tr>"


def _time(moment: str) -> str:
    return f'<time datetime="{moment}">{moment[:16].replace("T", " ")} UTC</time>'

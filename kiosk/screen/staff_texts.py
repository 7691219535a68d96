"""Every sentence of the staff page, in Chinese and in English; the rules for one are those of `texts`."""

from __future__ import annotations

from kiosk.core.events import StaffAction, StaffReason
from kiosk.core.rules import Purpose
from kiosk.core.view import Mode, Notice, Result, StaffView, TripView
from kiosk.screen import texts
from kiosk.screen.plain import plain
from kiosk.screen.texts import Text, filled, joined

ACTIONS: dict[StaffAction, Text] = {
    StaffAction.DISMISS: Text("下一位", "Next person"),
    StaffAction.AWAIT_PASS: Text("出示工作证码", "Show staff pass"),
    StaffAction.SIGN_OUT: Text("退出", "Sign out"),
    StaffAction.ADMIT: Text("放行", "Admit"),
    StaffAction.TURN_AWAY: Text("不予放行", "Turn away"),
    StaffAction.RECHECK: Text("再测一次", "Measure again"),
    StaffAction.CLINICAL: Text("输入温度计读数", "Thermometer's value"),
    StaffAction.OPEN_ONCE: Text("开一次", "Open once"),
    StaffAction.ANNUL: Text("撤销放行", "Annul"),
    StaffAction.HOLD_OPEN: Text("保持常开", "Hold open"),
    StaffAction.LOCK_DOWN: Text("关闭入口", "Lock down"),
    StaffAction.EVACUATE: Text("疏散", "Evacuate"),
    StaffAction.RELEASE: Text("恢复正常", "Release"),
    StaffAction.OCCUPANCY: Text("更正人数", "Set the count"),
    StaffAction.MUTE: Text("静音", "Mute"),
    StaffAction.TRIP: Text("选择班次", "Choose the trip"),
}

RIDE_ACTIONS: dict[StaffAction, Text] = {
    StaffAction.OPEN_ONCE: Text("准一人上车", "Let one board"),
    StaffAction.LOCK_DOWN: Text("停止上车", "Stop boarding"),
}
"""In place of those above, on a vehicle: it has no gate that could be opened."""

REASONS: dict[StaffReason, Text] = {
    StaffReason.KNOWN_PERSON: Text("认识本人", "Known person"),
    StaffReason.PAPERS_CHECKED: Text("已核对证件", "Papers checked"),
    StaffReason.MEASURED_BY_HAND: Text("已人工测温", "Measured by hand"),
    StaffReason.VISITOR: Text("访客", "Visitor"),
    StaffReason.GOODS: Text("搬运货物", "Goods"),
    StaffReason.RESCUE: Text("救援", "Rescue"),
    StaffReason.DANGER: Text("有危险", "Danger"),
    StaffReason.DRILL: Text("演练", "Drill"),
    StaffReason.KIOSK_TROUBLE: Text("设备问题", "Kiosk trouble"),
    StaffReason.MISTAKE: Text("之前有误", "Mistake"),
    StaffReason.COUNTED: Text("已清点", "Counted"),
    StaffReason.OVER: Text("已结束", "It is over"),
    StaffReason.OTHER: Text("其他", "Other"),
}

NOTICES: dict[Notice, Text] = {
    Notice.NONE: Text("请选择", "Please choose"),
    Notice.DONE: Text("已办理", "Done"),
    Notice.WRONG_PIN: Text("工号或密码不对，请重试", "Wrong number or PIN. Please try again"),
    Notice.PIN_LOCKED: Text("密码已暂时锁定，请稍后", "PIN locked for a while. Please wait"),
    Notice.NOT_STAFF: Text("此码不是本处工作证", "This code is no staff pass here"),
    Notice.NOT_SIGNED_IN: Text("请先登录", "Please sign in first"),
    Notice.NO_REASON: Text("请选择原因", "Please choose a reason"),
    Notice.BUSY: Text("有人正在通行，请稍候", "Somebody is passing. One moment"),
    Notice.NOT_POSSIBLE: Text("现在无法办理", "Not possible now"),
    Notice.NOT_RECORDED: Text("未能记录，未执行", "It could not be recorded, so not done"),
}

MODES: dict[Mode, Text] = {
    Mode.NORMAL: Text("正常运行", "Normal operation"),
    Mode.HELD_OPEN: Text("常开：{lanes}", "Held open: {lanes}"),
    Mode.LOCKED_DOWN: Text("入口已关闭", "Entry is closed"),
    Mode.EVACUATING: Text("正在疏散", "Evacuating"),
}
RIDE_MODES: dict[Mode, Text] = {**MODES, Mode.LOCKED_DOWN: Text("暂停上车", "Boarding is closed")}

STAFF = Text("工作人员", "Staff")
STAFF_WAITING = Text("{count} 人等待", "{count} waiting")
SIGNED_IN = Text("工号 {staff}", "Staff {staff}")
BACK = Text("返回", "Back")
NUMBER = Text("工号", "Number")
PIN = Text("密码", "PIN")
NEXT = Text("下一项", "Next")
SIGN_IN = Text("登录", "Sign in")
SIGN_IN_HINT = Text("请输入工号和密码", "Type your number and PIN")
PASS_HINT = Text("请把工作证码对准扫码口", "Hold your staff pass up to the reader")
DELETE = Text("删除", "Delete")
CONFIRM = Text("确定", "Confirm")
NO_CASES = Text("没有等待处理的人", "Nobody is waiting")
CASES = Text("等待 {a}–{b} / {n}", "Waiting: {a}-{b} of {n}")
EARLIER, LATER = Text("下一页", "Next page"), Text("上一页", "Previous page")
OLDEST, NEWEST = Text("最早的", "Oldest"), Text("最新的", "Newest")
LAPSES = Text("再来 {n} 人，最早的等待将失效", "{n} more, and the oldest case lapses")
WAS_TOLD = Text("已告知：{said}", "Was told: {said}")
WHY = Text("{action}：原因？", "{action}: why?")
SURE = Text("确定疏散？所有闸门将打开", "Evacuate? All gates will open")
RIDE_SURE = Text("确定疏散本车？", "Evacuate the vehicle?")
EVACUATE_NOW = Text("立即疏散", "Evacuate now")
NOT_NOW = Text("不，返回", "No, go back")
CELSIUS_HINT = Text("{low}–{high}，一位小数", "{low} to {high}, with one decimal")
COUNT_HINT = Text("现在场内的人数", "How many people are inside now")
PEOPLE_INSIDE = Text("场内 {count} 人", "{count} people inside")
ONE_INSIDE = Text("场内 1 人", "1 person inside")
OVERRIDES = Text("一小时内人工放行 {n} 次", "Overrides in the last hour: {n}")
TOO_MANY = Text("一小时内人工放行 {n} 次，过多", "Too many overrides in the last hour: {n}")
_STAFF_LIMIT = 10
NOT_RECORDED_YET = Text("尚未记录，门未打开", "not recorded yet, doors are not open")
RIDE_NOT_RECORDED_YET = Text("尚未记录", "not recorded yet")
MANY_OVERRIDES = Text("人工放行过多", "Too many overrides")
FIRST_LANE = Text("第一通道", "first lane")


def signed_in_text(staff: str) -> Text:
    """Who is signed in: a number, or the beginning of a pass's pseudonym."""
    return filled(SIGNED_IN, staff=plain(staff, _STAFF_LIMIT))


def action_text(action: StaffAction, *, boards: bool) -> Text:
    """What the button of an action says."""
    return RIDE_ACTIONS.get(action, ACTIONS[action]) if boards else ACTIONS[action]


def why_text(action: StaffAction, *, boards: bool) -> Text:
    """The question for the reason of an action."""
    name = action_text(action, boards=boards)
    return Text(WHY.zh_CN.format(action=name.zh_CN), WHY.en.format(action=name.en))


def told_text(result: Result) -> Text:
    """What the person has been told at the gate."""
    outcomes = texts.RIDE_OUTCOMES if result.purpose is Purpose.BOARDING else texts.OUTCOMES
    said = outcomes[result.outcome]
    return Text(WAS_TOLD.zh_CN.format(said=said.zh_CN), WAS_TOLD.en.format(said=said.en))


def people_text(count: int) -> Text:
    """How many people are inside."""
    return ONE_INSIDE if count == 1 else filled(PEOPLE_INSIDE, count=count)


def overrides_text(count: int, *, too_many: bool) -> Text:
    return filled(TOO_MANY if too_many else OVERRIDES, n=count)


def lanes_text(lanes: tuple[str, ...]) -> Text:
    """Lanes by their names; the first has none."""
    named = [Text(plain(lane), plain(lane)) if lane else FIRST_LANE for lane in lanes]
    return Text("、".join(lane.zh_CN for lane in named), ", ".join(lane.en for lane in named))


def mode_text(staff: StaffView, *, boards: bool = False) -> Text:
    """What the site is set to, and which lanes are held open; in an evacuation all are."""
    mode = (RIDE_MODES if boards else MODES)[staff.mode]
    if staff.evacuation_unrecorded:
        return joined(mode, RIDE_NOT_RECORDED_YET if boards else NOT_RECORDED_YET)
    if staff.mode is Mode.EVACUATING or not staff.held:
        return mode
    lanes = lanes_text(staff.held)
    held = MODES[Mode.HELD_OPEN]
    said = Text(held.zh_CN.format(lanes=lanes.zh_CN), held.en.format(lanes=lanes.en))
    return said if staff.mode is Mode.NORMAL else joined(mode, said)


def unusual_text(staff: StaffView, *, boards: bool = False) -> Text | None:
    """What everybody of the staff should see on every page: a mode, a lane held open, too many overrides,
    cases that are about to lapse.
    """
    said = []
    if staff.mode is not Mode.NORMAL or staff.held:
        said.append(mode_text(staff, boards=boards))
    if staff.too_many_overrides:
        said.append(MANY_OVERRIDES)
    if staff.lapses_after is not None:
        said.append(filled(LAPSES, n=staff.lapses_after))
    return joined(*said) if said else None


def trip_text(trip: TripView, *, is_on: bool) -> Text:
    """One trip on its button; a mark where the vehicle is on it now."""
    line, name, mark = plain(trip.line), plain(trip.id), "● " if is_on else ""
    return Text(f"{mark}{line} 路", f"{mark}{name}")

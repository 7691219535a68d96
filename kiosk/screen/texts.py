"""Every sentence that the screen can show, in Chinese and in English.

The rules for a sentence: it is short and kind, it says what to do next, and
it claims no more than the kiosk knows. The kiosk screens for an elevated
*skin* temperature; it never names a diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.core.rules import Purpose
from kiosk.core.view import CodeHint, Guidance, Page, Result
from kiosk.terms import Outcome, Reason

Language = Literal["zh_CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh_CN", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh_CN: str  # noqa: N815 - the name of the locale
    en: str

    def in_order(self, first: Language) -> tuple[str, str]:
        """The sentence in the site's first language, then in the other."""
        return (self.zh_CN, self.en) if first == "zh_CN" else (self.en, self.zh_CN)


def filled(text: Text, **values: object) -> Text:
    """A text with its blanks filled in."""
    return Text(text.zh_CN.format(**values), text.en.format(**values))


def joined(*several: Text) -> Text:
    """Several texts on one line."""
    return Text("  ·  ".join(text.zh_CN for text in several), "  ·  ".join(text.en for text in several))


@dataclass(frozen=True, slots=True)
class ReasonText:
    """`fact` says why; `advice` says what to do next, and is left out where the fact is enough."""

    fact: Text
    advice: Text | None = None


OUTCOMES = {
    Outcome.GRANT: Text("请通行", "Please go through"),
    Outcome.REFER: Text("请找工作人员", "Please see the staff"),
    Outcome.DENY: Text("请勿进入", "Please do not enter"),
}

HEADLINES = {
    Reason.CHECKED_IN: Text("签到成功", "You are checked in"),
    Reason.EXIT_LAPSED: Text("请再扫一次", "Please scan once more"),
}
"""Instead of the outcome's, where nobody is to go anywhere."""
BOARD = Text("请上车", "Please board")
DO_NOT_BOARD = Text("请勿上车", "Please do not board")
RIDE_OUTCOMES = {**OUTCOMES, Outcome.GRANT: BOARD, Outcome.DENY: DO_NOT_BOARD}
TAKE_MEAL = Text("请取餐", "Please take the meal")
MEAL_SAFETY_SLIP = Text("餐品安全单，请拍照交给顾客", "Meal safety slip: photograph it for the customer")

_REFRESH = Text("请刷新健康码后再扫", "Please refresh your code and scan again")
_APP_CODE = Text("请打开健康码后再扫", "Please open your health code and scan again")
_STAFF_HELPS = Text("工作人员会帮助您", "The staff will help you")
_STAFF_CHECKS = Text("工作人员会人工核验", "The staff will check your code")
_CLINICAL_THERMOMETER = Text("请用温度计复核，不作诊断", "To be confirmed with a clinical thermometer")
_SECOND_MEASUREMENT = Text("请在一旁稍候，等待复测", "Please wait here to be measured again")

REASONS: dict[Reason, ReasonText] = {
    Reason.GRANTED: ReasonText(Text("核验通过", "All checks passed")),
    Reason.EXIT_RECORDED: ReasonText(Text("离开已登记，再见", "Exit recorded. Goodbye")),
    Reason.CHECKED_IN: ReasonText(Text("签到已登记", "Your check-in is recorded")),
    Reason.NO_CHECKIN: ReasonText(
        Text("今日厨师或打包员尚未签到", "No cook or no packer has checked in today"), _STAFF_HELPS
    ),
    Reason.NO_ORDER: ReasonText(
        Text("未扫到订单条码", "The order's barcode was not scanned"),
        Text("请扫订单条码后重试", "Please scan the order and try again"),
    ),
    Reason.EXIT_UNVERIFIED: ReasonText(
        Text("离开已登记，健康码未核验", "Exit recorded. Your code was not verified")
    ),
    Reason.EXIT_LAPSED: ReasonText(
        Text("等候过久，离开未登记", "The wait was too long: your exit is not recorded"),
        Text("扫码后即可离开", "Scan, and you can leave"),
    ),
    Reason.NOT_A_PASS: ReasonText(Text("这不是健康码", "This is not a health code"), _APP_CODE),
    Reason.MALFORMED: ReasonText(Text("健康码无法读取", "This code cannot be read"), _REFRESH),
    Reason.UNKNOWN_ISSUER: ReasonText(
        Text("无法识别健康码的签发机构", "The issuer of this code is not known here"), _STAFF_HELPS
    ),
    Reason.BAD_SIGNATURE: ReasonText(
        Text("健康码签名无效", "The signature of this code is not valid"), _APP_CODE
    ),
    Reason.EXPIRED: ReasonText(Text("健康码已过期", "This code has expired"), _REFRESH),
    Reason.NOT_YET_VALID: ReasonText(Text("健康码尚未生效", "This code is not valid yet"), _STAFF_HELPS),
    Reason.WRONG_AREA: ReasonText(
        Text("健康码不适用于本区域", "This code is for another area"), _STAFF_HELPS
    ),
    Reason.NOT_ASSERTABLE: ReasonText(
        Text("签发机构无权签发此码", "This issuer may not give this code"), _STAFF_HELPS
    ),
    Reason.ROTATION_STALE: ReasonText(
        Text("健康码已失效，请勿使用截图", "This code is out of date. No screenshots, please"), _APP_CODE
    ),
    Reason.ROTATION_INVALID: ReasonText(
        Text("动态码无效", "The changing part of this code is not valid"), _APP_CODE
    ),
    Reason.PAPER: ReasonText(Text("纸质健康码", "This is a paper code"), _STAFF_CHECKS),
    Reason.SCHEMA: ReasonText(Text("证明内容不完整", "This certificate is not complete"), _STAFF_HELPS),
    Reason.KEY_USAGE: ReasonText(
        Text("签发机构无权签发此类证明", "This issuer may not give this kind of certificate"), _STAFF_HELPS
    ),
    Reason.REVOKED: ReasonText(Text("此码已被撤销", "This code has been taken back"), _STAFF_HELPS),
    Reason.STATUS_UNKNOWN: ReasonText(
        Text("无法确认此码是否已撤销", "Whether this code still holds is not known here"),
        _STAFF_CHECKS,
    ),
    Reason.ALREADY_SHOWN: ReasonText(Text("此码刚刚已使用", "This code has been used just now"), _APP_CODE),
    Reason.COLOUR_YELLOW: ReasonText(Text("健康码为黄码", "Your code is yellow"), _STAFF_HELPS),
    Reason.COLOUR_RED: ReasonText(Text("健康码为红码", "Your code is red"), _STAFF_HELPS),
    Reason.NOT_GREEN: ReasonText(
        Text("证明不符合现行规定", "This certificate does not meet the rules in force"), _STAFF_HELPS
    ),
    Reason.ROLE_NOT_PERMITTED: ReasonText(
        Text("您的身份不能由此通行", "Your role does not allow entry here"), _STAFF_HELPS
    ),
    Reason.OUTSIDE_HOURS: ReasonText(Text("此时段不开放入内", "No entry at this hour"), _STAFF_HELPS),
    Reason.ALREADY_INSIDE: ReasonText(
        Text("此码已登记入内", "This code has already gone in"),
        Text("离开时请扫码", "Please scan when you leave"),
    ),
    Reason.TEMPERATURE_ELEVATED: ReasonText(
        Text("面部皮肤温度偏高", "Elevated skin temperature"), _CLINICAL_THERMOMETER
    ),
    Reason.TEMPERATURE_RECHECK: ReasonText(
        Text("皮肤温度需要复测", "Your skin temperature needs another look"), _SECOND_MEASUREMENT
    ),
    Reason.TEMPERATURE_NO_READING: ReasonText(
        Text("未能测得皮肤温度", "No skin temperature could be read"),
        Text("请露出面部，正对传感器", "Please uncover your face and look at the sensor"),
    ),
    Reason.TEMPERATURE_NOT_CALIBRATED: ReasonText(
        Text("传感器未校准", "The sensor is not calibrated"),
        Text("工作人员会为您测温", "The staff will measure you"),
    ),
    Reason.TEMPERATURE_WARMING_UP: ReasonText(
        Text("传感器正在预热", "The sensor is still warming up"),
        Text("工作人员会为您测温", "The staff will measure you"),
    ),
    Reason.TIME_UNTRUSTED: ReasonText(
        Text("本机时间不可信", "The time of this kiosk cannot be trusted"), _STAFF_CHECKS
    ),
    Reason.TRUST_MISSING: ReasonText(
        Text("本机没有核验密钥", "This kiosk has no keys to check codes"), _STAFF_CHECKS
    ),
    Reason.TRUST_EXPIRED: ReasonText(
        Text("本机核验数据已过期", "What this kiosk checks codes with is out of date"), _STAFF_CHECKS
    ),
    Reason.SENSOR_UNAVAILABLE: ReasonText(
        Text("热像传感器不可用", "The thermal sensor is not working"),
        Text("工作人员会为您测温", "The staff will measure you"),
    ),
    Reason.READER_UNAVAILABLE: ReasonText(
        Text("扫码器不可用", "The code reader is not working"), _STAFF_CHECKS
    ),
    Reason.GATE_UNAVAILABLE: ReasonText(
        Text("闸门不可用", "The gate is not working"),
        Text("工作人员会为您开门", "The staff will open the gate"),
    ),
    Reason.JOURNAL_UNAVAILABLE: ReasonText(
        Text("本机无法保存记录", "This kiosk cannot keep its records"), _STAFF_HELPS
    ),
    Reason.PASSAGE_ANNULLED: ReasonText(
        Text("未检测到通行，本次作废", "Nobody passed. This passage is void"),
        Text("请重新扫码", "Please scan again"),
    ),
    Reason.DOOR_HELD_OPEN: ReasonText(
        Text("门未关好", "The gate is held open"), Text("请关好闸门", "Please close the gate")
    ),
    Reason.DOOR_FORCED_OPEN: ReasonText(
        Text("门被强行打开", "The gate was forced open"),
        Text("请工作人员查看", "Staff, please check the gate"),
    ),
    Reason.TAMPER: ReasonText(
        Text("设备外壳被打开", "The housing of this kiosk was opened"),
        Text("请工作人员查看", "Staff, please check the kiosk"),
    ),
    Reason.FIRE: ReasonText(
        Text("火警，门已释放", "Fire alarm. The gate is released"),
        Text("请立即离开", "Please leave the building now"),
    ),
    Reason.STAFF_ADMITTED: ReasonText(Text("工作人员已放行", "The staff have let you in")),
    Reason.CLINICAL_NORMAL: ReasonText(Text("人工测温正常", "The clinical thermometer shows a normal value")),
    Reason.CLINICAL_ELEVATED: ReasonText(
        Text("人工测温偏高", "The clinical thermometer shows an elevated value"), _STAFF_HELPS
    ),
    Reason.LOCKED_DOWN: ReasonText(Text("入口已关闭", "Entry is closed"), _STAFF_HELPS),
    Reason.EVACUATING: ReasonText(
        Text("正在疏散", "This place is being evacuated"),
        Text("请远离入口", "Please stay away from the gate"),
    ),
    Reason.OVERRIDES: ReasonText(
        Text("人工放行过多", "Unusually many people were let in by hand"),
        Text("请负责人查看", "Whoever is in charge, please look into it"),
    ),
}

RIDE_REASONS: dict[Reason, ReasonText] = {
    Reason.ROLE_NOT_PERMITTED: ReasonText(
        Text("您的身份不能乘坐本车", "Your role does not allow boarding here"), _STAFF_HELPS
    ),
    Reason.STAFF_ADMITTED: ReasonText(Text("工作人员已准许上车", "The staff have let you board")),
    Reason.LOCKED_DOWN: ReasonText(Text("暂停上车", "Boarding is closed"), _STAFF_HELPS),
    Reason.EVACUATING: ReasonText(
        Text("车上人员正在疏散", "This vehicle is being evacuated"),
        Text("请远离车门", "Please stay away from the doors"),
    ),
}
"""In place of those above, where people board a vehicle."""

PAGES: dict[Page, Text] = {
    Page.STARTING: Text("正在启动", "Starting up"),
    Page.WELCOME: Text("请出示健康码", "Show your health code"),
    Page.LOOK_AT_SENSOR: Text("请正对传感器", "Look at the sensor"),
    Page.SHOW_CODE: Text("请出示健康码", "Now show your health code"),
    Page.SHOW_ORDER: Text("请扫描订单条码", "Please scan the order's barcode"),
    Page.ONE_MOMENT: Text("请稍候", "One moment, please"),
    Page.RESULT: Text("结果", "Result"),
    Page.ALARM: Text("警报", "Alarm"),
    Page.LOCKED_DOWN: Text("入口已关闭", "Entry is closed"),
    Page.EVACUATE: Text("请立即离开", "Leave the building now"),
}

PAGE_ADVICE: dict[Page, Text] = {
    Page.STARTING: Text("请稍候", "Please wait a moment"),
    Page.WELCOME: Text("把二维码对准扫码口", "Hold the QR code up to the reader"),
    Page.LOOK_AT_SENSOR: Text("请露出面部，站稳不动", "Uncover your face and stand still"),
    Page.SHOW_CODE: Text("测温完成，请留在原位", "Measured. Please stay where you are"),
    Page.SHOW_ORDER: Text("测温完成，请扫餐袋上的条码", "Measured. It is the barcode on the meal's bag"),
    Page.ONE_MOMENT: Text("正在核验", "We are checking"),
    Page.LOCKED_DOWN: Text("离开的人请照常扫码", "You can still leave: scan as usual"),
    Page.EVACUATE: Text("闸门已打开", "The gates are open"),
}

GATES_NOT_OPEN = Text("闸门尚未打开，请听从工作人员", "The gates are not open yet: follow the staff")

GUIDANCE: dict[Guidance, Text] = {
    Guidance.NONE: PAGE_ADVICE[Page.LOOK_AT_SENSOR],
    Guidance.COME_CLOSER: Text("请再靠近一点", "Please come a little closer"),
    Guidance.STEP_LEFT: Text("请向左一步", "Please step to your left"),
    Guidance.STEP_RIGHT: Text("请向右一步", "Please step to your right"),
    Guidance.STEP_BACK: Text("请后退一步", "Please step back a little"),
    Guidance.ONE_PERSON: Text("请一次一人", "One person at a time, please"),
    Guidance.LOOK_AT_SENSOR: Text("请看向传感器", "Please look straight at the sensor"),
}

CODE_HINTS: dict[CodeHint, Text] = {
    CodeHint.CLOSER: Text("请把码再靠近一点", "Hold the code a little closer"),
    CodeHint.HOLD_STILL: Text("请拿稳不动", "Hold the code still"),
    CodeHint.TILT_OR_DIM: Text("请倾斜手机或调暗屏幕", "Tilt the phone or dim its screen"),
    CodeHint.ONE_CODE: Text("请只出示一个码", "One code at a time, please"),
    CodeHint.SCAN_AGAIN: Text("请再扫一次", "Please scan once more"),
}

NO_CONNECTION = Text("暂停服务", "Not in service")
NO_CONNECTION_ADVICE = Text("请找工作人员", "Please see the staff")
FACE_SKIN = Text("面部皮肤", "Face skin")
ORAL_ESTIMATE = Text("口腔温度估计", "Oral estimate")
SCREENS_SKIN = Text("只筛查皮肤温度，不作诊断", "Screens skin temperature, makes no diagnosis")
WARMING_UP = Text("传感器预热 {left}", "Sensor warms up {left}")
TRUST_STALE = Text("请联网，核验尚余 {left}", "Connect to the hub within {left}")
TRUST_DAYS, TRUST_HOURS = Text("{count} 天", "{count} d"), Text("{count} 小时", "{count} h")
TRUST_EXPIRED = Text("核验数据过期，请联网", "Codes go to staff: connect to the hub")
CAMERA_PICTURE = Text("请把码放入框内", "Bring the code into the frame")
LOST_SINCE = Text("{name}（{since}起断）", "{name} (lost since {since})")
RECONNECTING = Text("{name}（重新连接中）", "{name} (reconnecting)")
LIVE_PICTURE = Text("实时热像", "Live thermal picture")
PURPOSES = {
    Purpose.ENTRY: Text("入口", "Way in"),
    Purpose.EXIT: Text("出口", "Way out"),
    Purpose.HANDOVER: Text("取餐", "Hand-over"),
    Purpose.BOARDING: Text("上车", "Boarding"),
    Purpose.CHECKIN: Text("员工晨检", "Staff check"),
}

ONLINE = Text("已连接", "Online")
OFFLINE = Text("离线", "Offline")
OFFLINE_SINCE = Text("离线，自 {since} 起", "Offline since {since}")
WAITING_NONE = Text("记录已全部上传", "All entries sent")
WAITING_ONE = Text("1 条记录待上传", "1 entry waiting")
WAITING_MANY = Text("{count} 条记录待上传", "{count} entries waiting")
LAST_RECEIPT = Text("回执 {at}", "receipt {at}")
LINK_UNKNOWN = Text("连接状态未知", "Connection unknown")
FAULTS_TITLE = Text("故障", "Not working")


def headline_text(result: Result) -> Text:
    """The answer in a few words."""
    outcomes = RIDE_OUTCOMES if result.purpose is Purpose.BOARDING else OUTCOMES
    return HEADLINES.get(result.reason, outcomes[result.outcome])


def reason_text(result: Result) -> ReasonText:
    """Why, and what to do next."""
    told = REASONS[result.reason]
    return RIDE_REASONS.get(result.reason, told) if result.purpose is Purpose.BOARDING else told


GATEKEEPER_FAULT = "gatekeeper"
FAULTS: dict[str, Text] = {
    GATEKEEPER_FAULT: Text("与主控程序无连接", "No connection to the gatekeeper"),
    "thermal": Text("热像传感器", "Thermal sensor"),
    "camera": Text("摄像头", "Camera"),
    "scanner": Text("扫码器", "Code scanner"),
    "gate": Text("闸门", "Gate"),
    "door": Text("门磁", "Door contact"),
    "request_to_exit": Text("出门按钮", "Exit button"),
    "tamper": Text("防拆开关", "Tamper switch"),
    "fire": Text("火警触点", "Fire contact"),
    "passage": Text("通行传感器", "Passage sensor"),
    "journal": Text("记录存储", "Journal"),
    "journal_epoch": Text("记录曾损坏，已重新开始", "Journal was damaged and begun anew"),
    "disk": Text("存储空间已满", "Disk full"),
    "clock": Text("时钟", "Clock"),
    "calibration": Text("传感器校准", "Sensor calibration"),
    "configuration": Text("新配置未生效", "New configuration not in force"),
    "blackbody": Text("参考黑体", "Blackbody reference"),
    "oral_model": Text("口腔温度模型", "Oral temperature model"),
    "drift": Text("读数漂移", "Readings drift"),
    "keys": Text("核验密钥", "Verification keys"),
    "watchdog": Text("硬件看门狗", "Hardware watchdog"),
    "trip": Text("未选择班次", "No trip chosen"),
    "trust": Text("核验密钥", "Verification keys"),
    "uplink": Text("上传程序", "Uplink"),
    "hub": Text("上级系统不接受本机的记录", "The hub does not accept this kiosk"),
}


def fault_text(name: str) -> Text:
    """The text for a device or service by its name; a name that is not listed stands for itself."""
    return FAULTS.get(name) or Text(name, name)

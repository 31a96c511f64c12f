"""The service's answers that are not about programmes: refusals, error pages, broken bodies.

Bodies and statuses as collected in the API notes, sections 1.7 and 6.6.
"""

from email.utils import formatdate
from typing import Optional

from gracenote2epg.demo.responses import HTML, Answer, json_answer, to_json

__all__ = ["HTML", "Answer", "json_answer", "to_json"]


def html_page(text: str = "<html><body>Something else</body></html>", status: int = 200) -> Answer:
    return Answer(status, text.encode("utf-8"), HTML)


def no_lineups() -> Answer:
    """Dead affiliate, or a postal code without reception; 112 bytes."""
    return Answer(
        400,
        b'{"message":"No lineups are available for this ZIP or postal code. '
        b'Please enter a different ZIP or postal code."}',
    )


def bad_request() -> Answer:
    """The 400 without a useful body: wrong parameters, or a window that fails for no reason."""
    return Answer(400, b"")


def not_found() -> Answer:
    return _nginx(404, "Not Found")


def oops() -> Answer:
    """The page, with status 200, that dead affiliates got in 2025-07."""
    return html_page(
        "<!DOCTYPE html>\n<html><head><title>Error</title></head>"
        "<body><h1>Oops ! Something went wrong.</h1></body></html>\n"
    )


def malformed() -> Answer:
    """A grid that is cut in the middle of a value, complete for HTTP."""
    return Answer(200, b'{"channels":[{"callSign":"WZZZDT","channelId":"900')


def wrong_shape() -> Answer:
    return json_answer({"channels": {"message": "try later"}, "overviewTab": [], "Providers": "x"})


def empty_guide() -> Answer:
    return json_answer({"channels": []})


def nothing() -> Answer:
    return Answer(200, b"")


def refusal(status: int = 429, retry_after: Optional[str] = None) -> Answer:
    """Return the refusal or failure with this status. retry_after: seconds or an HTTP date."""
    by_status = {
        202: Answer(202, b"", HTML, (("x-amzn-waf-action", "challenge"),)),
        403: _nginx(403, "Forbidden"),
        405: _captcha(),
        429: Answer(429, b'{\n"error":"Access Denied. Too many requests"\n}'),
        500: _nginx(500, "Internal Server Error"),
        503: _nginx(503, "Service Temporarily Unavailable"),
        504: _nginx(504, "Gateway Time-out"),
    }
    answer = by_status.get(status) or _nginx(status, "Error")
    if retry_after is None:
        return answer
    return answer._replace(headers=(*answer.headers, ("Retry-After", retry_after)))


def http_date(at: float) -> str:
    """Return a moment, seconds since the epoch, as HTTP writes it."""
    return formatdate(at, usegmt=True)


def _nginx(status: int, words: str) -> Answer:
    line = f"{status} {words}"
    return html_page(
        f"<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n"
        f"<center><h1>{line}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
        status,
    )


def _captcha() -> Answer:
    page = html_page(
        '<!DOCTYPE html>\n<html lang="en"><head><title>Human Verification</title>\n'
        '<script src="/__challenge/challenge.js"></script></head>\n'
        '<body><div id="captcha-container"></div>'
        "<script>AwsWafIntegration.checkForceRefresh();</script></body></html>\n",
        405,
    )
    return page._replace(headers=(("x-amzn-waf-action", "captcha"),))

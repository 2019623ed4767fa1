"""What the policies of a page forbid to our script and to its stream, as findings. Pure."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from trayapp.doctor import csp
from trayapp.doctor.address import origin
from trayapp.doctor.csp import Policy
from trayapp.doctor.finding import Finding, fix, note, ok
from trayapp.doctor.snippet import Tag


def policies(
    given: Sequence[Policy], metas_before: int, tag: Tag, stream: str, page_url: str
) -> Iterator[Finding]:
    """What the Content-Security-Policies forbid. A meta element is heeded from where it stands, so
    that only the first `metas_before` of them can hold up the tag."""
    metas = [policy for policy in given if policy.where == "meta"]
    early = [one for one in given if one.where == "header"] + metas[:metas_before]
    nonce = tag.attributes.get("nonce", "")
    found: list[Finding] = []
    for policy in early:
        if not csp.allows_script(policy, tag.url, page_url, nonce):
            remedy = csp.script_remedy(policy, tag.url)
            found.append(_forbidden(policy, csp.SCRIPT, "the script", tag.url, remedy))
    for policy in given:
        if not csp.allows_connection(policy, stream, page_url):
            remedy = csp.connection_remedy(policy, origin(stream))
            found.append(_forbidden(policy, csp.CONNECT, "the updates", tag.url, remedy))
        elif not csp.allows_connection(policy, page_url, page_url):
            found.append(_without_self(policy))
    yield from found or [_peace(given)]


def trusted_types(given: Sequence[Policy]) -> Iterator[Finding]:
    """Where text may not become HTML (W3C Trusted Types 4.5), an edited page cannot be taken over
    piece by piece."""
    if any("'script'" in one.directives.get("require-trusted-types-for", ()) for one in given):
        yield note("Trusted Types are required: edited HTML is shown by a load, not in place.")


def _forbidden(
    policy: Policy, names: Sequence[str], what: str, script: str, remedy: str
) -> Finding:
    directive = (policy.governing(names) or ("",))[0]
    text = f"The Content-Security-Policy in a {policy.where} blocks {what}, by its {directive}."
    if csp.is_nameable(script):
        return fix(text, remedy)
    return fix(text, f"No policy can name {urlsplit(script).hostname}: write localhost in the tag.")


def _without_self(policy: Policy) -> Finding:
    return note(
        "The Content-Security-Policy lets the page not fetch itself: new HTML is shown by a load.",
        csp.connection_remedy(policy, "'self'"),
    )


def _peace(given: Sequence[Policy]) -> Finding:
    if given:
        return ok("The Content-Security-Policy allows the script and the updates.")
    return ok("No Content-Security-Policy is in the way.")


def sandbox(given: Sequence[Policy]) -> Iterator[Finding]:
    """What a `sandbox` directive takes away."""
    for flags in csp.sandbox(given):
        if "allow-scripts" not in flags:
            yield fix(
                "The Content-Security-Policy has a sandbox in which no script runs.",
                "Add to it: sandbox allow-scripts allow-same-origin",
            )
        elif "allow-same-origin" not in flags:
            yield fix(
                "The Content-Security-Policy has a sandbox without an origin of the page's own.",
                "Add allow-same-origin to sandbox, or the read key to the tag: client.js?key=…",
            )

"""What mutate.py changes in a rule: one thing at a time."""

import re

OPERATOR = re.compile(r"^( *)(unless|and|or)\b")
NAME = re.compile(r"\bauthprobe[:_][a-z0-9_:]+|\bup\b")


def blocks(expression: str) -> list[tuple[str, list[int]]]:
    """The operators at the begin of a line, with the lines of their right-hand side: up to the next operator of its depth that binds no
    tighter, or the bracket that closes around it."""
    lines = expression.splitlines()
    depths, depth = [], 0
    for line in lines:
        depths.append(depth - (1 if line.strip().startswith((")", "}")) else 0))
        depth += sum(line.count(c) for c in "({[") - sum(line.count(c) for c in ")}]")
    found = []
    for at, line in enumerate(lines):
        if not (operator := OPERATOR.match(line)):
            continue
        end = at + 1
        while end < len(lines) and depths[end] >= depths[at] and not (
                depths[end] == depths[at] and (other := OPERATOR.match(lines[end])) and (other[2] == "or" or operator[2] != "or")):
            end += 1
        found.append((operator[2], list(range(at, end))))
    return found


def names(expression: str) -> set[str]:
    """The metrics and alerts that an expression reads."""
    found = set(NAME.findall(expression))
    for alerts in re.findall(r'alertname\s*=~?\s*"([^"]+)"', expression):
        found |= set(alerts.split("|"))
    return found


def changes(rule: dict):
    """(what is changed, the changed rule)"""
    expression = rule["expr"]

    def line(at: int) -> str:
        return f"line {expression[:at].count(chr(10)) + 1}"

    def with_expr(changed: str) -> dict:
        return {**rule, "expr": changed}

    for key in ("for", "keep_firing_for"):
        if key in rule:
            yield f"no {key}", {name: value for name, value in rule.items() if name != key}
    # Of a product (2 * 86400) one factor is enough.
    for number in re.finditer(r"(?<=[<>=*+-] )(?<!\d \* )(\d+(?:\.\d+)?)\b(?!\))", expression):
        if float(number[1]) > 1 and "==" not in expression[number.start() - 3:number.start()]:
            yield (f"{number[1]} times 3 in {line(number.start())}",
                   with_expr(f"{expression[:number.start()]}{3 * float(number[1]):g}{expression[number.end():]}"))
    for window in re.finditer(r"\[(\d+)([mh])", expression):
        yield f"{window[0]}] divided by 30 in {line(window.start())}", with_expr(
            f"{expression[:window.start()]}[{int(window[1]) * (2 if window[2] == 'm' else 120)}s{expression[window.end():]}")
    for matchers in re.finditer(r"(?<=\w)\{([^{}]*)\}", expression):
        parts = re.findall(r'\w+\s*(?:=~|!~|!=|=)\s*"[^"]*"', matchers[1])
        for part in parts:
            left = ",".join(other for other in parts if other is not part)
            yield (f"without {part} in {line(matchers.start())}",
                   with_expr(f"{expression[:matchers.start()]}{{{left}}}{expression[matchers.end():]}"))
    lines = expression.splitlines()
    for _, of in blocks(expression):
        yield (f"without `{' '.join(lines[at].strip() for at in of)[:110]}` in line {of[0] + 1}",
               with_expr("\n".join(line for at, line in enumerate(lines) if at not in of)))

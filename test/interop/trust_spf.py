#!/usr/bin/env python3
"""trust_spf - RFC 7208's public test suite (openspf's, which Debian's python3-spf brings),
every case of it."""
import glob
import gzip
import os
import subprocess
import sys

sys.path.append("/usr/lib/python3/dist-packages")
import yaml  # noqa: E402

BUILD = os.environ.get("BUILD", "build")
SUITE = "/usr/share/doc/python3-spf/rfc7208-tests.yml*"


def escaped(text):
    return "".join(c if " " <= c <= "~" and c != "\\" else
                   "".join(f"\\x{b:02x}" for b in c.encode()) for c in str(text))


def value_of(kind, value):
    if kind == "MX":
        value = value[1]
    if kind in ("TXT", "SPF"):
        return escaped(value if isinstance(value, str) else "".join(value))
    return str(value).rstrip(".")


def lines_of(name, records):
    """A name's records: SPF stands for TXT too, where no TXT is given."""
    texts = any(isinstance(r, dict) and "TXT" in r for r in records)
    for record in records:
        if record == "TIMEOUT":
            yield f"FAIL\t{name}\t"
            continue
        for kind, value in record.items():
            if (kind, value) == ("TXT", "NONE") or (kind == "SPF" and texts):
                continue
            if value == "TIMEOUT":
                yield f"FAIL\t{name}\t"
                continue
            yield f"{'TXT' if kind == 'SPF' else kind}\t{name}\t{value_of(kind, value)}"


def scenarios():
    path = glob.glob(SUITE)[0]
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    with opened as file:
        return list(yaml.safe_load_all(file))


class Judge:
    def __init__(self):
        self.process = subprocess.Popen([f"{BUILD}/trust/judge"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def say(self, line):
        self.process.stdin.write(line + "\n")

    def ask(self, line):
        self.say(line)
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")


def main():
    judge, passed, failed = Judge(), 0, 0
    for scenario in scenarios():
        judge.say("CLEAR")
        for name, records in scenario["zonedata"].items():
            for line in lines_of(name, records):
                judge.say(line)
        default = scenario.get("explanation") or ""
        for name, test in scenario["tests"].items():
            said = judge.ask(f"SPF\t{test['host']}\t{test['helo']}\t"
                             f"{escaped(test['mailfrom'])}")
            result, explanation = said.split("\t")
            wanted = test["result"]
            wanted = wanted if isinstance(wanted, list) else [wanted]
            text = test.get("explanation", default)
            text = "" if text == "DEFAULT" else text
            # The suite has the nibbles of %{i} in capitals, RFC 7208 §7.4 has not.
            good = result in wanted and (not text or
                                         explanation.lower() == text.lower())
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"{scenario['description']}: {name}: {said!r}, not "
                      f"{wanted} {text!r}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0 or passed < 200


if __name__ == "__main__":
    sys.exit(main())

"""source - C text for the checks: which files there are, their tokens without comments."""
import os
import re
import sys

KEYWORD_BLOCKS = {"if", "for", "while", "switch"}

TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<string>(?:L|u8|u|U)?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<mark>[^\s\w])
""", re.X | re.M | re.S)


class Token:
    __slots__ = ("kind", "text", "line")

    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


def tokens(text):
    """Every token of text, comments and directives included."""
    found, line, seen = [], 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        found.append(Token(match.lastgroup, match.group(), line))
    return found


def code(text):
    """The tokens that are C: no comments, no directives."""
    return [t for t in tokens(text) if t.kind not in ("comment", "directive")]


def root():
    """The tree to check: the directory of the Makefile, or $TREE."""
    return os.environ.get("TREE") or os.path.dirname(
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(*endings, under=("src", "test", "bench")):
    """The tree's files with these endings, as sorted paths relative to its root."""
    found = []
    for top in under:
        for folder, _, names in os.walk(os.path.join(root(), top)):
            found += [os.path.relpath(os.path.join(folder, n), root())
                      for n in names if n.endswith(endings)]
    return sorted(found)


def read(path):
    with open(os.path.join(root(), path), encoding="utf-8") as file:
        return file.read()


def report(faults, good):
    """Prints the faults, or the line of a good result; and exits."""
    for fault in faults:
        print(fault)
    print(f"{len(faults)} found" if faults else good)
    sys.exit(1 if faults else 0)


class Function:
    """One function's place and shape."""

    def __init__(self, name, first, last, depth, depth_line, cases, cases_line):
        self.name, self.first, self.last = name, first, last
        self.depth, self.depth_line = depth, depth_line
        self.cases, self.cases_line = cases, cases_line

    @property
    def length(self):
        return self.last - self.first + 1


class _Body:
    """Walks one body statement by statement and notes how deep it goes."""

    def __init__(self, code_tokens, at):
        self.tokens, self.at = code_tokens, at
        self.depth, self.depth_line = 0, code_tokens[at].line
        self.cases, self.cases_line = 0, code_tokens[at].line

    def text(self):
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def skip_balanced(self):
        """From an opening bracket to behind its partner."""
        depth = 0
        while self.at < len(self.tokens):
            text = self.text()
            depth += (text in "([{") - (text in ")]}")
            self.at += 1
            if depth == 0:
                return

    def block(self, depth):
        """A { ... } whose statements stand at this depth; returns its own case labels."""
        cases = 0
        self.at += 1
        while self.at < len(self.tokens) and self.text() != "}":
            cases += self.statement(depth)
        self.at += 1
        return cases

    def inner(self, depth, line):
        """What a control statement governs."""
        if depth > self.depth:
            self.depth, self.depth_line = depth, line
        return self.block(depth) if self.text() == "{" else self.statement(depth)

    def label(self):
        """Behind a label, if one stands here; 1 when it is a case."""
        if self.text() in ("case", "default"):
            is_case = self.text() == "case"
            while self.text() not in (":", ""):
                self.at += 1
            self.at += 1
            return True, int(is_case)
        return False, 0

    def statement(self, depth):
        labelled, cases = self.label()
        if labelled:
            return cases
        word, line = self.text(), self.tokens[self.at].line
        if word == "{":
            return self.block(depth)
        if word in KEYWORD_BLOCKS:
            return self.control(word, depth, line)
        if word in ("do", "else"):
            self.at += 1
            if word == "else" and self.text() == "if":
                return self.statement(depth)
            return self.inner(depth + 1, line)
        self.expression(depth, line)
        return 0

    def control(self, word, depth, line):
        self.at += 1
        if self.text() == "(":
            self.skip_balanced()
        if self.text() == ";":  # the end of do ... while (...);
            self.at += 1
            return 0
        cases = self.inner(depth + 1, line)
        if word == "switch" and cases > self.cases:
            self.cases, self.cases_line = cases, line
        return 0 if word == "switch" else cases

    def expression(self, depth, line):
        """To behind the semicolon; the block of a loop macro counts as a block."""
        start = self.at
        word = self.tokens[start].kind == "word" and self.text() != "return"
        loop_macro = False
        while self.at < len(self.tokens) and self.text() != "}":
            text = self.text()
            if text == ";":
                self.at += 1
                return
            if text == "{" and loop_macro:
                self.inner(depth + 1, line)
                return
            if text in ("(", "[", "{"):
                loop_macro = text == "(" and word and self.at == start + 1
                self.skip_balanced()
            else:
                loop_macro = False
                self.at += 1


def _name(before):
    """A function's name, from the tokens before its body; a TEST's is its argument."""
    for i in range(1, len(before) - 1):
        if before[i] == "(" and before[i - 1] not in ("__attribute__", "("):
            return before[i + 1] if before[i - 1] == "TEST" else before[i - 1]
    return "?"


def functions(text):
    """The functions of a file, in its order."""
    all_code = code(text)
    found, at, start = [], 0, 0
    while at < len(all_code):
        if all_code[at].text == ";":
            start = at + 1
        if all_code[at].text != "{":
            at += 1
            continue
        before = [t.text for t in all_code[start:at]]
        body = _Body(all_code, at)
        if before and before[-1] == ")" and "=" not in before:
            body.block(0)
            last = all_code[min(body.at, len(all_code)) - 1].line
            found.append(Function(_name(before), all_code[start].line, last, body.depth,
                                  body.depth_line, body.cases, body.cases_line))
            start = body.at
        else:
            body.skip_balanced()
        at = body.at
    return found

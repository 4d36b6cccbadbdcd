"""What docker/steps.sh asks the server of an image: `served.py PORT maths|chat`.

Says in a line what it saw, or fails. Runs on any Python, so it imports the standard library only.
"""

import json
import sys
from http.client import HTTPConnection

SAME = (
    (r"\frac{\sqrt{2}}{2}", r"\frac{1}{\sqrt{2}}"),
    (r"\frac{x^2-1}{x-1}", "x+1"),
    (r"\frac{1}{1-\sqrt{2}}", r"-1-\sqrt{2}"),
    (r"\{1, 2\}", r"\{2, 1\}"),
    (r"\pm 2", r"\{-2, 2\}"),
    (r"(-\infty,1)\cup(2,3)", r"(2,3)\cup(-\infty,1)"),
    (r"(\sqrt{12}, x+1)", r"(2\sqrt{3}, 1+x)"),
    (
        r"\begin{pmatrix}\frac{1}{2}&0\\0&\sqrt{4}\end{pmatrix}",
        r"\begin{bmatrix}0.5&0\\0&2\end{bmatrix}",
    ),
    (r"\sin(2x)", r"2\sin x\cos x"),
    (r"e^{-x^2}", r"\frac{1}{e^{x^2}}"),
    (r"\int_0^1 x^2 dx", r"\frac{1}{3}"),
    (r"\frac{d}{dx} x^2", "2x"),
)
OTHER = (
    (r"\frac{1}{2}", "0.51"),
    (r"\{1, 2\}", r"\{1, 3\}"),
    ("[0,1)", "[0,1]"),
    (r"\begin{pmatrix}1&2\end{pmatrix}", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    ("x+1", "x-1"),
)


def ask(port, path, body=None):
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"content-type": "application/json"}
    connection.request("POST" if body else "GET", path, body and json.dumps(body), headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def shares(port, pair):
    """How many of two answers say the same as each."""
    body = {
        "messages": [{"role": "user", "content": "How much?"}],
        "solutions": [f"It is \\boxed{{{answer}}}." for answer in pair],
        "scorer": "vote",
    }
    status, reply = ask(port, "/v1/score", body)
    assert status == 200, reply
    return [opinion["score"] for opinion in reply["data"]]


def maths(port):
    for pairs, share in ((SAME, 1.0), (OTHER, 0.5)):
        wrong = [pair for pair in pairs if shares(port, pair) != [share, share]]
        assert not wrong, f"compared wrongly: {wrong}"
    return f"{len(SAME)} pairs of answers are equal, {len(OTHER)} are not"


def chat(port):
    model = ask(port, "/v1/models")[1]["data"][0]["id"]
    hello = {"role": "user", "content": "Say hello."}
    body = {"model": model, "messages": [hello], "max_tokens": 8}
    status, reply = ask(port, "/v1/chat/completions", body)
    assert status == 200, reply
    text, tokens = reply["choices"][0]["message"]["content"], reply["usage"]["completion_tokens"]
    assert text.strip(), reply
    assert tokens > 0, reply
    status, kept = ask(port, "/v1/feedback", {"trace": reply["id"], "verdict": "right"})
    assert status == 200, kept
    return f"{model} answered {text!r} in {tokens} tokens, and the verdict on it is kept"


if __name__ == "__main__":
    asked = {"maths": maths, "chat": chat}[sys.argv[2]]
    sys.stdout.write(asked(int(sys.argv[1])) + "\n")

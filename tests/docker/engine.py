"""The least that passes for a model server: `engine.py PORT`. It says hello, whatever it is asked.

Runs on any Python, so it imports the standard library only.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Engine(BaseHTTPRequestHandler):
    """OpenAI's API, of a model that knows one word."""

    def do_GET(self):
        known = self.path in ("/v1/models", "/health")
        self.answer(200 if known else 404, {"data": [{"id": "hello-1M", "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = {"role": "assistant", "content": "Hello."}
        choices = [
            {"index": i, "message": message, "finish_reason": "stop"}
            for i in range(body.get("n", 1))
        ]
        usage = {"prompt_tokens": 4, "completion_tokens": 2 * len(choices)}
        known = self.path == "/v1/chat/completions"
        self.answer(200 if known else 404, {"choices": choices, "usage": usage})

    def answer(self, status, reply):
        sent = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *said):
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Engine).serve_forever()

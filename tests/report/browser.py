"""A headless Chromium by the WebDriver protocol, which needs no package."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def available():
    return shutil.which("chromium") and shutil.which("chromedriver")


class Browser:
    def __init__(self, width, height):
        self.folder = tempfile.mkdtemp()
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True
        )
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                break
        self.base = "http://127.0.0.1:" + found.group(1)
        arguments = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + self.folder,
                     "--window-size=%d,%d" % (width, height), "--host-resolver-rules=MAP * ~NOTFOUND"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        options = {"args": arguments, "prefs": {"download.default_directory": self.folder}}
        capabilities = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = "/session/" + made["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, path, address=""):
        self.call("POST", self.session + "/url", {"url": "file://" + path + address})

    def command(self, name, **parameters):
        return self.call("POST", self.session + "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def resize(self, width, height):
        """The page's width, which may be less than any window's."""
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def theme(self, dark):
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[feature])

    def press(self, *keys):
        """Keys go to what has the focus."""
        steps = [step for key in keys for step in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})]
        self.call("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def point(self, selector, x=0.5, y=0.5):
        box = self.run("const e = document.querySelector(arguments[0]); e.scrollIntoView({block: 'center'});"
                       "const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height];", selector)
        at = {"type": "pointerMove", "duration": 0, "x": int(box[0] + box[2] * x), "y": int(box[1] + box[3] * y)}
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [at]}
        self.call("POST", self.session + "/actions", {"actions": [pointer]})

    def run(self, script, *arguments):
        return self.call("POST", self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.call("POST", self.session + "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", self.session + "/element/" + self.find(selector) + "/click", {})

    def keys(self, selector, text):
        self.call("POST", self.session + "/element/" + self.find(selector) + "/value", {"text": text})

    def drag(self, selector, from_share, to_share):
        box = self.run("document.querySelector(arguments[0]).scrollIntoView();"
                       "const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                       "return [r.left, r.top, r.width, r.height];", selector)
        y = int(box[1] + box[3] * 0.4)
        move = lambda share, ms: {"type": "pointerMove", "duration": ms, "x": int(box[0] + box[2] * share), "y": y}
        actions = [move(from_share, 0), {"type": "pointerDown", "button": 0}, move(to_share, 100),
                   {"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        self.call("POST", self.session + "/actions", {"actions": [pointer]})

    def complaints(self):
        log = self.call("POST", self.session + "/se/log", {"type": "browser"})
        return [entry["message"] for entry in log if entry["level"] in ("SEVERE", "WARNING")]

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

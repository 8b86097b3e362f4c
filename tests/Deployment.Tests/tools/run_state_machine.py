"""Executes state machines in moto's interpreter, with scripted answers in place of Lambda functions.

Reads one JSON document from stdin, writes one to stdout. Loopback only, on ports that are free.

in:  {"bucket": "...", "objects": {key: value},
      "runs": {name: {"timeFactor": 100, "definition": "...", "input": {...}, "functions": {function: [answer, ...]}}}}
     The last answer of a function repeats. An answer is one of
       {"result": {...}, "echo": [names]}    what the function returns; echoed members come from its payload
       {"error": "Type", "message": "..."}   what it throws
       {"succeed": {...}}, {"fail": "Type"}  what it sends to the task token in its payload, before it returns {}
       {}                                    it returns {} and nothing else happens
out: {name: {"status", "output", "error", "cause", "calls": [{"function", "payload"}], "events": [type, ...]}}

moto's clock is made timeFactor times faster for timeouts, waits and retry pauses, so that the definition can stay as it is.
"""

import json
import logging
import multiprocessing
import os
import re
import sys
import threading
import time
import types
from concurrent.futures import ProcessPoolExecutor
from urllib.parse import unquote

os.environ.update(
    AWS_DEFAULT_REGION="us-east-1",
    AWS_ACCESS_KEY_ID="local",
    AWS_SECRET_ACCESS_KEY="local",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)
for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
    os.environ.pop(proxy, None)

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from moto.core.config import default_user_config  # noqa: E402
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.seconds import Seconds  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

INVOCATION = re.compile(r"^/2015-03-31/functions/(?:.*:)?(?P<function>[^:/]+)/invocations$")


class Quiet(WSGIRequestHandler):
    def log(self, *_args):
        pass


class Functions:
    """Stands in front of moto: answers invocations from the script, lets everything else through."""

    def __init__(self, moto, answers):
        self.moto = moto
        self.answers = answers
        self.calls = []
        self.lock = threading.Lock()
        self.states = None

    def __call__(self, environ, start_response):
        match = INVOCATION.match(unquote(environ["PATH_INFO"]))
        if match is None:
            return self.moto(environ, start_response)
        payload = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"null")
        answer = self.next_answer(match["function"], payload)
        headers = [("Content-Type", "application/json")]
        if "error" in answer:
            headers.append(("X-Amz-Function-Error", "Unhandled"))
            body = {"errorType": answer["error"], "errorMessage": answer.get("message", "")}
        else:
            self.call_back(answer, payload)
            body = dict(answer.get("result", {}))
            body.update({name: payload[name] for name in answer.get("echo", [])})
        start_response("200 OK", headers)
        return [json.dumps(body).encode()]

    def next_answer(self, function, payload):
        with self.lock:
            before = sum(1 for call in self.calls if call["function"] == function)
            self.calls.append({"function": function, "payload": payload})
        answers = self.answers[function]
        return answers[min(before, len(answers) - 1)]

    def call_back(self, answer, payload):
        if "succeed" in answer:
            self.states.send_task_success(taskToken=payload["taskToken"], output=json.dumps(answer["succeed"]))
        if "fail" in answer:
            self.states.send_task_failure(taskToken=payload["taskToken"], error=answer["fail"], cause="scripted")


def run_faster(factor):
    TimeoutSeconds._eval_seconds = lambda self, env: self.timeout_seconds / factor
    wait = Seconds._get_wait_seconds
    Seconds._get_wait_seconds = lambda self, env: wait(self, env) / factor
    # moto counts waited time in whole seconds, so that a shorter wait would never end.
    WaitFunction._wait_interval = lambda self, env, wait_seconds: time.sleep(wait_seconds)
    retrier_decl.time = types.SimpleNamespace(sleep=lambda pause: time.sleep(pause / factor))


def end_of(states, arn):
    while True:
        execution = states.describe_execution(executionArn=arn)
        if execution["status"] != "RUNNING":
            return execution
        time.sleep(0.05)


def execute(script, run):
    run_faster(run["timeFactor"])
    functions = Functions(DomainDispatcherApplication(create_backend_app), run["functions"])
    server = make_server("127.0.0.1", 0, functions, threaded=True, request_handler=Quiet)
    os.environ["MOTO_PORT"] = str(server.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    options = {"endpoint_url": f"http://127.0.0.1:{server.port}", "config": Config(retries={"total_max_attempts": 1})}
    functions.states = states = boto3.client("stepfunctions", **options)
    s3 = boto3.client("s3", **options)
    s3.create_bucket(Bucket=script["bucket"])
    for key, value in script["objects"].items():
        s3.put_object(Bucket=script["bucket"], Key=key, Body=json.dumps(value))

    machine = states.create_state_machine(
        name="shipped", definition=run["definition"], roleArn="arn:aws:iam::123456789012:role/machine"
    )
    arn = states.start_execution(
        stateMachineArn=machine["stateMachineArn"], name="run", input=json.dumps(run["input"])
    )["executionArn"]
    execution = end_of(states, arn)
    history = states.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return {
        "status": execution["status"],
        "output": execution.get("output"),
        "error": execution.get("error"),
        "cause": execution.get("cause"),
        "calls": functions.calls,
        "events": [event["type"] for event in history],
    }


def main():
    # A failed task is a scripted one, and moto logs each with the whole definition.
    logging.disable(logging.CRITICAL)
    script = json.load(sys.stdin)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    # A process for each run: moto cannot start an execution while it holds another one.
    with ProcessPoolExecutor(len(script["runs"]), multiprocessing.get_context("fork")) as pool:
        results = {name: pool.submit(execute, script, run) for name, run in script["runs"].items()}
        json.dump({name: result.result() for name, result in results.items()}, sys.stdout)


if __name__ == "__main__":
    main()

"""Says which EventBridge patterns accept which events, as moto evaluates them.

stdin: {"patterns": {name: pattern}, "events": {name: event}}; stdout: {pattern: [names of the events that it accepts]}
"""

import json
import sys

from moto.events.models import EventPattern


def main():
    given = json.load(sys.stdin)
    accepted = {}
    for name, pattern in given["patterns"].items():
        rule = EventPattern.load(json.dumps(pattern))
        accepted[name] = [event for event, content in given["events"].items() if rule.matches_event(content)]
    json.dump(accepted, sys.stdout)


if __name__ == "__main__":
    main()

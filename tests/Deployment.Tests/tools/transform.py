"""Prints what CloudFormation gets of a SAM template: the transformed template as JSON.

usage: transform.py TEMPLATE   (no account and no network: local paths become S3 ones that nobody reads)
"""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.internal.managed_policies import get_bundled_managed_policy_map  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class ManagedPolicies:
    def load(self):
        return get_bundled_managed_policy_map("aws") or {}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        template = yaml_parse(file)
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        for name in ("CodeUri", "DefinitionUri"):
            if isinstance(properties.get(name), str):
                properties[name] = f"s3://local/{properties[name]}"
    json.dump(transform(template, {}, ManagedPolicies()), sys.stdout, indent=1, default=str)


if __name__ == "__main__":
    main()

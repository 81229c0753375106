"""The template on the emulator: built, packaged, expanded, deployed."""

import io
import json
import os
import re
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import architecture
from .architecture import ARCHITECTURE
from .emulator import ACCOUNT, REGION, Emulator
from .expand import Template, expand, widen
from .processes import ROOT, run

BUCKET = "artifacts"
BIN = Path(sys.executable).parent
# Where sam build leaves the functions, each in a folder of its own.
BUILT = ROOT / ".aws-sam/build"


# Link-time optimisation doubles the time to build, and nothing here measures time.
# make e2e-aws-shipped tries the very binaries that make deploy builds.
QUICK = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}


def build(log: Path, target: str = ARCHITECTURE, portable: bool = False) -> None:
    """`sam build`: release binaries. Portable ones run on Amazon Linux wherever they were built; others on this machine, too."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = QUICK | given | ({} if portable else architecture.compiler(target)) | {
        "AWS_DEFAULT_REGION": REGION,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
    }
    command = [f"{BIN}/sam", "build", "--parameter-overrides", f"Architecture={target}"]
    run(command, environment, log, seconds=3 * 3600)


@dataclass
class Deployment:
    """A deployed stack."""

    emulator: Emulator
    packaged: str
    parameters: dict[str, str]
    name: str = "tuition"

    @classmethod
    def package(cls, emulator: Emulator, directory: Path, parameters: dict[str, str]) -> "Deployment":
        """Uploads what was built. Nothing is deployed yet."""
        emulator.client("s3").create_bucket(Bucket=BUCKET)
        packaged = directory / "packaged.yaml"
        template = architecture.runnable(BUILT, directory) / "template.yaml"
        command = [f"{BIN}/sam", "package", "--s3-bucket", BUCKET, "--output-template-file", str(packaged)]
        command += ["--template-file", str(template)]
        run(command, emulator.environment, directory / "package.log", seconds=120)
        return cls(emulator, packaged.read_text(), {"Architecture": ARCHITECTURE} | parameters)

    @classmethod
    def unbuilt(cls, emulator: Emulator) -> "Deployment":
        """The template with functions that are empty, for checks that call none. Nothing is deployed yet."""
        s3, empty = emulator.client("s3"), io.BytesIO()
        s3.create_bucket(Bucket=BUCKET)
        with zipfile.ZipFile(empty, "w") as archive:
            archive.writestr("bootstrap", "#!/bin/sh\nexit 1\n")
        s3.put_object(Bucket=BUCKET, Key="empty.zip", Body=empty.getvalue())
        template = (ROOT / "template.yaml").read_text()
        return cls(emulator, re.sub("CodeUri: .*", f"CodeUri: s3://{BUCKET}/empty.zip", template), {})

    def other(self, name: str, parameters: dict[str, str]) -> "Deployment":
        """The same template under another name and with other parameters. Nothing is deployed yet."""
        return replace(self, name=name, parameters={"Architecture": ARCHITECTURE} | parameters)

    def template(self) -> Template:
        """The template as the emulator gets it."""
        return expand(self.packaged, self.parameters)

    def runnable_template(self) -> Template:
        """The same for functions that will run: the emulator asks for ssm:GetParameters on everything, AWS on each parameter."""
        template = self.template()
        widen(template, "ssm:GetParameters")
        return template

    def deploy(self, template: Template) -> None:
        """Creates the stack, or changes it."""
        cloudformation = self.emulator.client("cloudformation")
        exists = any(stack["StackName"] == self.name for stack in cloudformation.describe_stacks()["Stacks"])
        change, done = (
            (cloudformation.update_stack, "stack_update_complete")
            if exists
            else (cloudformation.create_stack, "stack_create_complete")
        )
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in self.parameters.items()]
        # In a request of its own it would be too long.
        file = f"{self.name}.json"
        self.emulator.client("s3").put_object(Bucket=BUCKET, Key=file, Body=json.dumps(template))
        change(
            StackName=self.name,
            TemplateURL=f"{self.emulator.url}/{BUCKET}/{file}",
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
        )
        cloudformation.get_waiter(done).wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        stack = self.emulator.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def role(self, name: str) -> str:
        """The ARN of one of the stack's roles."""
        cloudformation = self.emulator.client("cloudformation")
        resource = cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=name)
        return f"arn:aws:iam::{ACCOUNT}:role/{resource['StackResourceDetail']['PhysicalResourceId']}"

    def client_as(self, role: str, service: str):
        """A client of an AWS service that may do what one of the stack's roles may. The template has to let us take the role."""
        assumed = self.emulator.client("sts").assume_role(RoleArn=self.role(role), RoleSessionName="e2e")
        return self.emulator.client(service, assumed["Credentials"])

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """What the function makes of an event, without a gateway in between."""
        answer = self.emulator.client("lambda").invoke(FunctionName=f"{self.name}-{function}", Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{function} failed: {payload}")
        return payload

    def logs(self, function: str) -> list[str]:
        """Every line that the function has written."""
        logs = self.emulator.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{self.name}-{function}")
        return [event["message"] for page in pages for event in page["events"]]

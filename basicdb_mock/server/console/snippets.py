"""A Select as code: for boto3, the AWS CLI, Node and Java."""

from __future__ import annotations

import json
import shlex
from urllib.parse import urlsplit


def snippets(expression: str, region: str, url: str, key: str | None, default_region: str) -> dict[str, str]:
    """The same query in several languages, pointed at this server; ready to paste.

    ``key`` is an access key of the account, ``None`` if signatures are verified, so that readers need their own.  A
    region other than the server's default is sent in the user agent, or in the host if a client cannot change its user
    agent (see :mod:`basicdb_mock.regions`).
    """
    told = region if region != default_region else None
    return {
        "boto3": _boto3(expression, region, url, key, told),
        "AWS CLI": _cli(expression, region, url, key, told),
        "Node": _node(expression, region, url, key, told),
        "Java": _java(expression, region, url, key, told),
    }


def _boto3(expression: str, region: str, url: str, key: str | None, told: str | None) -> str:
    keys = f"    aws_access_key_id={key!r}, aws_secret_access_key='any',\n" if key else ""
    config = f"    config=Config(user_agent_extra={f'region/{told}'!r}),\n" if told else ""
    return (
        "import boto3\n"
        + ("from botocore.config import Config\n" if told else "")
        + "\nsdb = boto3.client(\n"
        + f"    'sdb', region_name={region!r}, endpoint_url={url!r},\n{keys}{config})\n"
        + f"pages = sdb.get_paginator('select').paginate(SelectExpression={expression!r}, ConsistentRead=True)\n"
        + "for page in pages:\n"
        + "    for item in page.get('Items', []):\n"
        + "        print(item['Name'], item['Attributes'])\n"
    )


def _cli(expression: str, region: str, url: str, key: str | None, told: str | None) -> str:
    parts = urlsplit(url)
    if told:
        url = f"{parts.scheme}://sdb.{told}.localhost" + (f":{parts.port}" if parts.port else "")
    return (
        (f"AWS_ACCESS_KEY_ID={shlex.quote(key)} AWS_SECRET_ACCESS_KEY=any \\\n" if key else "")
        + f"aws sdb select --endpoint-url {shlex.quote(url)} --region {shlex.quote(region)} \\\n"
        + f"    --consistent-read --select-expression {shlex.quote(expression)}\n"
    )


def _node(expression: str, region: str, url: str, key: str | None, told: str | None) -> str:
    keys = f'  accessKeyId: {json.dumps(key)}, secretAccessKey: "any",\n' if key else ""
    agent = f"  customUserAgent: {json.dumps(f'region/{told}')},\n" if told else ""
    asked = f"{{ SelectExpression: {json.dumps(expression)}, ConsistentRead: true }}"
    return (
        'const AWS = require("aws-sdk");\n\n'
        "const sdb = new AWS.SimpleDB({\n"
        f"  region: {json.dumps(region)}, endpoint: {json.dumps(url)},\n{keys}{agent}}});\n"
        f"sdb.select({asked}).promise().then((page) => {{\n"
        "  for (const item of page.Items || []) console.log(item.Name, item.Attributes);\n"
        "});\n"
    )


def _java(expression: str, region: str, url: str, key: str | None, told: str | None) -> str:
    keys = (
        "    .withCredentials(new AWSStaticCredentialsProvider("
        f'new BasicAWSCredentials({json.dumps(key)}, "any")))\n'
        if key
        else ""
    )
    suffix = json.dumps(f" region/{told}")
    agent = (
        f"    .withClientConfiguration(new ClientConfiguration().withUserAgentSuffix({suffix}))\n" if told else ""
    )
    return (
        "AmazonSimpleDB sdb = AmazonSimpleDBClient.builder()\n"
        f"    .withEndpointConfiguration(new EndpointConfiguration({json.dumps(url)}, {json.dumps(region)}))\n"
        f"{keys}{agent}    .build();\n"
        f"SelectRequest request = new SelectRequest({json.dumps(expression)}, true);\n"
        "for (Item item : sdb.select(request).getItems())\n"
        '    System.out.println(item.getName() + " " + item.getAttributes());\n'
    )

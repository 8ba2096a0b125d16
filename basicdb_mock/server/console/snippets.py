"""A Select as code: for boto3, the AWS CLI, Node and Java."""

from __future__ import annotations

import json
import shlex


def snippets(expression: str, region: str, url: str) -> dict[str, str]:
    """The same query in several languages, pointed at this server; ready to paste."""
    text = json.dumps(expression)
    return {
        "boto3": (
            "import boto3\n\n"
            f'sdb = boto3.client("sdb", region_name="{region}", endpoint_url="{url}")\n'
            'pages = sdb.get_paginator("select")\n'
            f"for page in pages.paginate(SelectExpression={expression!r}, ConsistentRead=True):\n"
            '    for item in page.get("Items", []):\n'
            '        print(item["Name"], item["Attributes"])\n'
        ),
        "AWS CLI": (
            f"aws sdb select --endpoint-url {url} --region {region} \\\n"
            f"    --consistent-read --select-expression {shlex.quote(expression)}\n"
        ),
        "Node": (
            'const AWS = require("aws-sdk");\n\n'
            f'const sdb = new AWS.SimpleDB({{ region: "{region}", endpoint: "{url}" }});\n'
            f"const page = await sdb.select({{ SelectExpression: {text}, ConsistentRead: true }}).promise();\n"
            "for (const item of page.Items || []) console.log(item.Name, item.Attributes);\n"
        ),
        "Java": (
            "AmazonSimpleDB sdb = AmazonSimpleDBClient.builder()\n"
            f'    .withEndpointConfiguration(new EndpointConfiguration("{url}", "{region}")).build();\n'
            f"SelectRequest request = new SelectRequest({text}, true);\n"
            "for (Item item : sdb.select(request).getItems())\n"
            '    System.out.println(item.getName() + " " + item.getAttributes());\n'
        ),
    }

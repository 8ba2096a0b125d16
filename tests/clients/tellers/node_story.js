// Tells the story (tests/clients/story.py) through Node's aws-sdk v2: node node_story.js URL DOMAIN ITEMS ODD
"use strict";
const assert = require("assert");
const AWS = require("aws-sdk");

const [url, domain, itemsText, odd] = process.argv.slice(2);
const items = JSON.parse(itemsText);
const sdb = new AWS.SimpleDB({
  endpoint: url, region: "us-east-1", accessKeyId: "node", secretAccessKey: "secret", maxRetries: 0,
});
const seen = {};

const pair = (Name, Value, Replace) => (Replace === undefined ? { Name, Value } : { Name, Value, Replace });

async function isListed() {
  const answer = await sdb.listDomains({}).promise();
  return (answer.DomainNames || []).includes(domain); // an empty list is left out
}

async function get(item, options) {
  const found = {};
  const answer = await sdb.getAttributes(
    { DomainName: domain, ItemName: item, ConsistentRead: true, ...options }).promise();
  for (const { Name, Value } of answer.Attributes || []) (found[Name] = found[Name] || []).push(Value);
  return found;
}

async function refusal(operation, parameters) {
  try {
    await sdb[operation](parameters).promise();
  } catch (problem) {
    return { code: problem.code, message: problem.message, status: problem.statusCode };
  }
  return assert.fail(`${operation} was not refused`);
}

async function count(condition = "") {
  const answer = await sdb.select(
    { SelectExpression: `select count(*) from \`${domain}\` ${condition}`, ConsistentRead: true }).promise();
  return Number(answer.Items[0].Attributes[0].Value);
}

// The SDK's own way to follow pages.
function followed(parameters) {
  return new Promise((resolve, reject) => {
    const names = [];
    sdb.select(parameters).eachPage((problem, page) => {
      if (problem) return reject(problem);
      if (!page) return resolve(names);
      names.push(...page.Items.map((item) => item.Name));
      return true;
    });
  });
}

async function tell() {
  const batch = items.map((item) => ({
    Name: item.name, Attributes: [pair("n", item.n), ...item.color.map((value) => pair("color", value))],
  }));

  await sdb.createDomain({ DomainName: domain }).promise();
  seen["a created domain is listed"] = await isListed();

  await sdb.batchPutAttributes({ DomainName: domain, Items: batch }).promise();
  const figures = await sdb.domainMetadata({ DomainName: domain }).promise();
  seen["the metadata after the batch"] = {
    items: figures.ItemCount,
    "attribute names": figures.AttributeNameCount,
    "attribute values": figures.AttributeValueCount,
  };
  seen["an item of the batch"] = await get("item03");
  seen["one attribute of it"] = await get("item03", { AttributeNames: ["n"] });

  const change = {
    DomainName: domain, ItemName: "item00", Attributes: [pair("n", "99", true)], Expected: { Name: "n", Value: "00" },
  };
  await sdb.putAttributes(change).promise();
  seen["the item after a conditional put"] = await get("item00");
  seen["a condition that no longer holds"] = await refusal("putAttributes", change);
  seen["an attribute expected to be absent"] = await refusal(
    "putAttributes", { ...change, Expected: { Name: "n", Exists: false } });
  seen["a condition on several values"] = await refusal(
    "putAttributes", { ...change, ItemName: "item01", Expected: { Name: "color", Value: "red" } });
  seen["a condition on what is not there"] = await refusal(
    "deleteAttributes", { DomainName: domain, ItemName: "item01", Expected: { Name: "size", Value: "1" } });

  const SelectExpression = `select n from \`${domain}\` where n < '90' order by n limit 10`;
  const pages = [];
  let NextToken;
  while (pages.length === 0 || NextToken) {
    const page = await sdb.select({ SelectExpression, NextToken, ConsistentRead: true }).promise();
    pages.push(page.Items.map((item) => item.Name));
    NextToken = page.NextToken;
  }
  seen["the pages of a select"] = pages;
  seen["the select followed by the client"] = await followed({ SelectExpression, ConsistentRead: true });
  seen["a count"] = await count("where color = 'blue'");

  await sdb.putAttributes({ DomainName: domain, ItemName: odd, Attributes: [pair(odd, odd)] }).promise();
  seen["odd text"] = await get(odd);
  await sdb.deleteAttributes({ DomainName: domain, ItemName: odd }).promise();

  await sdb.deleteAttributes(
    { DomainName: domain, ItemName: "item03", Attributes: [pair("color", "red")] }).promise();
  seen["the item after one value is deleted"] = await get("item03");
  await sdb.deleteAttributes({ DomainName: domain, ItemName: "item03" }).promise();
  seen["the item after it is deleted"] = await get("item03");
  await sdb.batchDeleteAttributes(
    { DomainName: domain, Items: [{ Name: "item04" }, { Name: "item05" }] }).promise();
  seen["the count after a batch delete"] = await count();

  seen["a domain that does not exist"] = await refusal("domainMetadata", { DomainName: `${domain}-not` });
  seen["a domain name that is too short"] = await refusal("createDomain", { DomainName: "x" });
  seen["a put without attributes"] = await refusal(
    "putAttributes", { DomainName: domain, ItemName: "item00", Attributes: [] });
  seen["a batch of 26 items"] = await refusal(
    "batchPutAttributes",
    { DomainName: domain, Items: [...batch, { Name: "item25", Attributes: [pair("n", "25")] }] });
  seen["a select that is none"] = await refusal(
    "select", { SelectExpression: `select everything out of ${domain}` });
  seen["a sort by what no predicate names"] = await refusal(
    "select", { SelectExpression: `select * from \`${domain}\` where n > '0' order by color` });
  seen["a token that is none"] = await refusal(
    "select", { SelectExpression: `select * from \`${domain}\``, NextToken: "nonsense" });

  await sdb.deleteDomain({ DomainName: domain }).promise();
  seen["a deleted domain is listed"] = await isListed();
  process.stdout.write(JSON.stringify(seen));
}

tell().catch((problem) => {
  process.stderr.write(`${problem.stack}\n`);
  process.exit(1);
});

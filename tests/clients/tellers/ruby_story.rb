# Tells the story (tests/clients/story.py) through version 1 of the AWS SDK for Ruby, which signs with signature
# version 2: ruby ruby_story.rb URL DOMAIN ITEMS ODD
require "aws-sdk-v1"
require "json"
require "uri"

url, domain, items, odd = ARGV[0], ARGV[1], JSON.parse(ARGV[2]), ARGV[3].dup.force_encoding("UTF-8")
where = URI(url)
SIMPLEDB = AWS::SimpleDB.new(
  simple_db_endpoint: where.host, simple_db_port: where.port, use_ssl: false,
  access_key_id: "ruby", secret_access_key: "secret", max_retries: 0)
SDB = SIMPLEDB.client
seen = {}

def pair(name, value, replace = nil)
  { name: name, value: value }.merge(replace.nil? ? {} : { replace: replace })
end

def listed?(domain)
  SDB.list_domains.domain_names.include?(domain)
end

def get(domain, item, **options)
  answer = SDB.get_attributes(domain_name: domain, item_name: item, consistent_read: true, **options)
  answer[:attributes].group_by { |attribute| attribute[:name] }.transform_values { |group| group.map { |one| one[:value] } }
end

def refusal(operation, **parameters)
  SDB.public_send(operation, **parameters)
rescue AWS::Errors::Base => problem
  { code: problem.code, message: problem.message, status: problem.http_response.status }
else
  raise "#{operation} was not refused"
end

def count(domain, condition = "")
  answer = SDB.select(select_expression: "select count(*) from `#{domain}` #{condition}", consistent_read: true)
  answer[:items].first[:attributes].first[:value].to_i
end

batch = items.map do |item|
  { name: item["name"], attributes: [pair("n", item["n"]), *item["color"].map { |value| pair("color", value) }] }
end

SDB.create_domain(domain_name: domain)
seen["a created domain is listed"] = listed?(domain)

SDB.batch_put_attributes(domain_name: domain, items: batch)
figures = SDB.domain_metadata(domain_name: domain)
seen["the metadata after the batch"] = {
  "items" => figures.item_count,
  "attribute names" => figures.attribute_name_count,
  "attribute values" => figures.attribute_value_count,
}
seen["an item of the batch"] = get(domain, "item03")
seen["one attribute of it"] = get(domain, "item03", attribute_names: ["n"])

change = {
  domain_name: domain, item_name: "item00", attributes: [pair("n", "99", true)], expected: { name: "n", value: "00" },
}
SDB.put_attributes(**change)
seen["the item after a conditional put"] = get(domain, "item00")
seen["a condition that no longer holds"] = refusal(:put_attributes, **change)
seen["an attribute expected to be absent"] = refusal(
  :put_attributes, **change, expected: { name: "n", exists: false })
seen["a condition on several values"] = refusal(
  :put_attributes, **change, item_name: "item01", expected: { name: "color", value: "red" })
seen["a condition on what is not there"] = refusal(
  :delete_attributes, domain_name: domain, item_name: "item01", expected: { name: "size", value: "1" })

expression = "select n from `#{domain}` where n < '90' order by n limit 10"
pages = []
token = nil
while pages.empty? || token
  page = SDB.select(select_expression: expression, consistent_read: true, **(token ? { next_token: token } : {}))
  pages << page[:items].map { |item| item[:name] }
  token = page[:next_token]
end
seen["the pages of a select"] = pages
# The SDK's own way to follow pages; it writes the expression itself.
followed = []
SIMPLEDB.domains[domain].items.where("n < ?", "90").order(:n).each_batch(batch_size: 10, consistent_read: true) do |page|
  followed.concat(page.map(&:name))
end
seen["the select followed by the client"] = followed
seen["a count"] = count(domain, "where color = 'blue'")

SDB.put_attributes(domain_name: domain, item_name: odd, attributes: [pair(odd, odd)])
seen["odd text"] = get(domain, odd)
SDB.delete_attributes(domain_name: domain, item_name: odd)

SDB.delete_attributes(domain_name: domain, item_name: "item03", attributes: [pair("color", "red")])
seen["the item after one value is deleted"] = get(domain, "item03")
SDB.delete_attributes(domain_name: domain, item_name: "item03")
seen["the item after it is deleted"] = get(domain, "item03")
SDB.batch_delete_attributes(domain_name: domain, items: [{ name: "item04" }, { name: "item05" }])
seen["the count after a batch delete"] = count(domain)

seen["a domain that does not exist"] = refusal(:domain_metadata, domain_name: "#{domain}-not")
seen["a domain name that is too short"] = refusal(:create_domain, domain_name: "x")
seen["a put without attributes"] = refusal(:put_attributes, domain_name: domain, item_name: "item00", attributes: [])
seen["a batch of 26 items"] = refusal(
  :batch_put_attributes, domain_name: domain, items: [*batch, { name: "item25", attributes: [pair("n", "25")] }])
seen["a select that is none"] = refusal(:select, select_expression: "select everything out of #{domain}")
seen["a sort by what no predicate names"] = refusal(
  :select, select_expression: "select * from `#{domain}` where n > '0' order by color")
seen["a token that is none"] = refusal(
  :select, select_expression: "select * from `#{domain}`", next_token: "nonsense")

SDB.delete_domain(domain_name: domain)
seen["a deleted domain is listed"] = listed?(domain)
puts JSON.generate(seen)

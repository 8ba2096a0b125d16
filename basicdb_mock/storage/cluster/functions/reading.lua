-- Reading: calls that also a replica answers.

-- What was replaced after revision `since`: flat list of entity, name, what it was ('' if nothing), and up to where.
local function replaced_since(P, figures, since)
  local flat = {}
  if since < 0 or since == figures.revision then
    return flat, figures.revision
  end
  if since > figures.revision then
    return nil, 'behind'
  end
  if since < figures.undone then
    return nil, 'past'
  end
  local upto, size = since, 0
  while upto < figures.revision and upto < since + 500 and size <= PAGE_BYTES do
    local first = upto - figures.undone
    local entries = call('LRANGE', P .. 'u', first, first + (upto == since and 3 or 31))
    for _, entry in ipairs(entries) do
      size = size + #entry
      for _, part in ipairs(cmsgpack.unpack(string.sub(entry, 11))) do
        flat[#flat + 1] = part
      end
    end
    upto = upto + #entries
  end
  return flat, upto
end

-- Calls `read(P, figures)` for rows, unless the client has to catch up with what was replaced first.
local function at_moment(keys, since, read)
  local P = prefix_of(keys[1])
  local figures = whole(P)
  if not figures then
    return {'gone'}
  end
  local replaced, upto = replaced_since(P, figures, tonumber(since))
  if not replaced then
    return {upto}
  end
  if upto < figures.revision then
    return {'page', upto, replaced, {}, 0, 0, 0}
  end
  local rows, taken, more = read(P, figures)
  return {'page', upto, replaced, rows, taken, more, 1}
end

-- Rows of entities, as far as a reply may hold; the second result tells how many were looked at.
local function fetch(P, entities, labels)
  local rows, size, looked = {}, 0, 0
  while looked < #entities and size <= PAGE_BYTES do
    local some = looked == 0 and 12 or math.ceil((PAGE_BYTES - size + 1) * looked / (size + 1))
    local last = math.min(looked + math.min(some, 64), #entities)
    local found = call('HMGET', P .. 'i', unpack(entities, looked + 1, last))
    for place = looked + 1, last do
      local row = found[place - looked] or ''
      rows[#rows + 1] = labels[place]
      rows[#rows + 1] = entities[place]
      rows[#rows + 1] = row
      size = size + #row
    end
    looked = last
  end
  return rows, looked
end

local function range(key, index, low, high, backwards, limit)
  if index == 'o' then
    if backwards then
      return call('ZREVRANGEBYSCORE', key, high, low, 'LIMIT', 0, limit)
    end
    return call('ZRANGEBYSCORE', key, low, high, 'LIMIT', 0, limit)
  elseif backwards then
    return call('ZREVRANGEBYLEX', key, high, low, 'LIMIT', 0, limit)
  end
  return call('ZRANGEBYLEX', key, low, high, 'LIMIT', 0, limit)
end

local function entity_of(P, index, member)
  if index == 'o' or index == 'n' then
    return call('ZSCORE', P .. 'o', member)
  end
  return whole_number((struct.unpack('>I8', string.sub(member, -8))))
end

-- ARGV: since, index, '+' or '-', limit, then low and high of every range in the order of the walk.
-- Stops after `limit` members; replies them with their rows, and whether there may be more.
local function walk(keys, args)
  return at_moment(keys, args[1], function(P)
    local index, backwards, limit = args[2], args[3] == '-', tonumber(args[4])
    local key = index_key(P, index)
    local members = {}
    for place = 5, #args, 2 do
      local found = range(key, index, args[place], args[place + 1], backwards, limit - #members)
      for _, member in ipairs(found) do
        members[#members + 1] = member
      end
      if #members >= limit then
        break
      end
    end
    local entities = {}
    for place, member in ipairs(members) do
      entities[place] = entity_of(P, index, member)
    end
    local rows, looked = fetch(P, entities, members)
    return rows, looked, (looked < #members or #members >= limit) and 1 or 0
  end)
end

-- ARGV: since, index, limit, low, high.  Replies the entities of members, 8 bytes each, and the last member.
local function entities(keys, args)
  return at_moment(keys, args[1], function(P)
    local limit = tonumber(args[3])
    local found = range(index_key(P, args[2]), args[2], args[4], args[5], false, limit)
    local packed = {}
    for place, member in ipairs(found) do
      if args[2] == 'n' then
        packed[place] = struct.pack('>I8', tonumber(call('ZSCORE', P .. 'o', member)))
      else
        packed[place] = string.sub(member, -8)
      end
    end
    return {table.concat(packed), found[#found] or ''}, #found, #found >= limit and 1 or 0
  end)
end

-- ARGV: since, entities.  Replies their rows, those that are there, as far as a reply may hold.
local function rows(keys, args)
  return at_moment(keys, args[1], function(P)
    local asked = {}
    for place = 2, #args do
      asked[place - 1] = args[place]
    end
    local found, looked = fetch(P, asked, asked)
    return found, looked, looked < #asked and 1 or 0
  end)
end

-- ARGV: index, low, high of every span.  Replies the items of the partition, then the members of each span.
local function sizes(keys, args)
  local P = prefix_of(keys[1])
  local figures = whole(P)
  if not figures then
    return {'gone'}
  end
  local reply = {'sizes', figures.items}
  for place = 1, #args, 3 do
    reply[#reply + 1] = call('ZLEXCOUNT', index_key(P, args[place]), args[place + 1], args[place + 2])
  end
  return reply
end

-- ARGV: name.
local function get(keys, args)
  local P = prefix_of(keys[1])
  local entity = call('ZSCORE', P .. 'o', args[1])
  local row = entity and call('HGET', P .. 'i', entity)
  if row and call('EXISTS', keys[1]) == 1 then
    return {'item', row}
  end
  if not whole(P) then
    return {'gone'}
  elseif entity then
    moving()
  end
  return {'item', ''}
end

local function counters(keys)
  local P = prefix_of(keys[1])
  local figures = whole(P)
  if not figures then
    return {'gone'}
  end
  local reply = {'counters'}
  for place, name in ipairs(COUNTERS) do
    reply[place + 1] = figures[name]
  end
  return reply
end

-- ARGV: cursor.  Some of the distinct attribute names.
local function attribute_names(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  local found = call('HSCAN', P .. 'a', args[1], 'COUNT', 500)
  local names = {}
  for place = 1, #found[2], 2 do
    names[#names + 1] = found[2][place]
  end
  return {'names', found[1], names}
end

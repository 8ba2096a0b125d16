-- The cluster's own side: every call is one of these functions, atomic within one partition.
--
-- A partition's keys share a hash tag.  KEYS[1] is its `m`; the others differ in what follows the prefix:
--   m           HASH   figures and counters
--   i           HASH   entity -> JSON [name, [attribute, value, ...], ...]
--   o           ZSET   creation order: score entity, member name
--   n           ZSET   names in the order of their bytes (score 0)
--   a           HASH   attribute name -> how many items have it
--   x<name>     ZSET   index: member = escaped value, 00 00, entity in 8 bytes (score 0)
--   u           LIST   what every write of the last seconds replaced, one entry a revision
--   r           ZSET   tokens of writes that were done, for whoever asks again (score: when to forget it)
--   g           HASH   what large writes put into indexes ahead or have not taken out yet (staging.lua)
-- An index may have members that the rows do not have, never the other way: whoever finds a row by one looks at the row.
-- An account's domains are in `d` (name -> JSON), `z` (names in order) and `c` (ids to be made or reclaimed);
-- `r<token>` tells for a minute that a change of them was done; `e` holds the records kept beside them.
--
-- While a slot moves between nodes a partition's keys are on two of them.  Nothing is then answered: a key that is missing
-- raises when it is asked for, `whole` does so before anything is read or written, and the client asks again.

local function call(...)
  return redis.call(...)  -- which is not there yet while functions are loaded
end
local COUNTERS = {'items', 'item_bytes', 'names', 'name_bytes', 'values', 'value_bytes', 'revision', 'writes', 'entity', 'undone', 'staged'}
local PAGE_BYTES = 262144
local NOBODY = '-'  -- in place of who stages, once it may not end what it began

local function moving()
  error({err = 'TRYAGAIN the partition is moving between nodes'})
end

local function prefix_of(key)
  return string.sub(key, 1, -2)
end

-- Figures of a partition, or nil when there is none.  Raises when not all of it is here.
local function whole(P)
  local found = call('HMGET', P .. 'm', unpack(COUNTERS))
  if not found[1] then
    return nil
  end
  local figures = {}
  for place, name in ipairs(COUNTERS) do
    figures[name] = tonumber(found[place])
  end
  -- A key that holds nothing is not there.  Keys leave a node whole, so that it is enough to count them.
  local some = (figures.items > 0 and 4 or 0) + (figures.revision > figures.undone and 1 or 0)
    + (figures.revision > 0 and 1 or 0) + (figures.staged > 0 and 1 or 0)
  if call('EXISTS', P .. 'i', P .. 'o', P .. 'n', P .. 'a', P .. 'u', P .. 'r', P .. 'g') ~= some then
    moving()
  end
  return figures
end

local function whole_number(number)
  return string.format('%.0f', number)
end

local function escaped(value)
  return (string.gsub(value, '%z', '\0\1'))
end

local function index_member(value, entity)
  return escaped(value) .. '\0\0' .. struct.pack('>I8', entity)
end

-- An index is there if an item has the attribute.
local function index_key(P, index)
  local key = P .. index
  if string.sub(index, 1, 1) == 'x' and call('HEXISTS', P .. 'a', string.sub(index, 2)) == 1
    and call('EXISTS', key) == 0 then
    moving()
  end
  return key
end

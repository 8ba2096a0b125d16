-- Partitions that begin empty, or from a snapshot; and numbers for new items.

-- ARGV: writes, entity.  Begins an empty partition; one that is there stays.
local function begin(keys, args)
  local P = prefix_of(keys[1])
  local figures = {}
  for _, name in ipairs(COUNTERS) do
    figures[name] = 0
  end
  figures.writes, figures.entity = tonumber(args[1]), tonumber(args[2])
  if call('EXISTS', P .. 'm') == 0 then
    write_figures(P, figures)
  end
  return {'done'}
end

-- ARGV: entity, row, ...  Fills a partition that nobody uses yet from a snapshot; a row that is there stays.
local function load(keys, args)
  local P = prefix_of(keys[1])
  local figures = whole(P)
  if not figures then
    return {'gone'}
  end
  local holders, index, changes = {}, {}, {}
  for place = 1, #args, 2 do
    if call('HEXISTS', P .. 'i', args[place]) == 0 then
      local row = cjson.decode(args[place + 1])
      local entity = tonumber(args[place])
      account(figures, holders, index, entity, row, 1)
      figures.items, figures.item_bytes = figures.items + 1, figures.item_bytes + #row[1]
      changes[#changes + 1] = {name = row[1], entity = entity, after = row}
    end
  end
  local names, steps = stepped(holders)
  local held = {}
  local _, gone = count_holders(P, figures, names, steps, held)
  touch(P, index)
  for _, change in ipairs(changes) do
    write_row(P, change)
  end
  write_index(P, index)
  write_holders(P, held, gone)
  write_figures(P, figures)
  return {'done'}
end

-- ARGV: how many.  Takes numbers for new items of a domain of several partitions; replies the last.
local function take_numbers(keys, args)
  local P = prefix_of(keys[1])
  if not whole(P) then
    return {'gone'}
  end
  return {'numbers', call('HINCRBY', P .. 'm', 'entity', args[1])}
end

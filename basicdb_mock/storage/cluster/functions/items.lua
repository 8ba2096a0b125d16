-- What a write makes of an item, as basicdb_mock.changes has it; nothing here calls the server.

-- An item while it is changed: `order` of its names (false where one went), `values` by name.
local function opened(row)
  local item = {order = {}, values = {}, place = {}}
  if row then
    for position = 2, #row do
      local attribute = row[position]
      local values = {}
      for place = 2, #attribute do
        values[place - 1] = attribute[place]
      end
      item.order[position - 1] = attribute[1]
      item.place[attribute[1]] = position - 1
      item.values[attribute[1]] = values
    end
  end
  return item
end

local function contains(values, value)
  for _, kept in ipairs(values) do
    if kept == value then
      return true
    end
  end
  return false
end

local function remove_name(item, name)
  item.order[item.place[name]] = false
  item.place[name] = nil
  item.values[name] = nil
end

-- As basicdb_mock.changes.Put.applied.
local function put(item, change)
  local cleared, started = {}, {}
  for _, name in ipairs(change.replaced) do
    cleared[name] = true
  end
  for _, pair in ipairs(change.pairs) do
    local name, value = pair[1], pair[2]
    local values = item.values[name]
    if not values or (cleared[name] and not started[name]) then
      if not values then
        item.order[#item.order + 1] = name
        item.place[name] = #item.order
      end
      item.values[name] = {value}
      started[name] = true
    elseif not contains(values, value) then
      values[#values + 1] = value
    end
  end
end

-- As basicdb_mock.changes.Delete.applied.
local function delete(item, change)
  if #change.pairs == 0 then
    for name in pairs(item.place) do
      item.values[name] = nil
    end
    item.order, item.place = {}, {}
    return
  end
  for _, pair in ipairs(change.pairs) do
    local name, value = pair[1], pair[2]
    local values = item.values[name]
    if values then
      if value == nil then
        remove_name(item, name)
      else
        for place, kept in ipairs(values) do
          if kept == value then
            table.remove(values, place)
            break
          end
        end
        if #values == 0 then
          remove_name(item, name)
        end
      end
    end
  end
end

-- The row of a changed item and its number of pairs; nil when nothing is left.
local function closed(name, item)
  local row, number = {name}, 0
  for _, attribute in ipairs(item.order) do
    if attribute then
      local entry = {attribute}
      for place, value in ipairs(item.values[attribute]) do
        entry[place + 1] = value
      end
      row[#row + 1] = entry
      number = number + #entry - 1
    end
  end
  if number == 0 then
    return nil, 0
  end
  return row, number
end

-- As basicdb_mock.changes.Expectation.check: nil, or what refuses the write.
local function refusal(expected, row)
  local name, value = expected[1], expected[2]
  local values
  for position = 2, row and #row or 0 do
    if row[position][1] == name then
      values = row[position]
    end
  end
  if value == nil then
    return values and {'refused', 'value exists'} or nil
  elseif not values then
    return {'refused', 'does not exist'}
  elseif #values > 2 then
    return {'refused', 'multi-valued'}
  elseif values[2] ~= value then
    return {'refused', 'wrong value', values[2]}
  end
  return nil
end

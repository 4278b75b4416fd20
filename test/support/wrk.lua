-- How wrk asks (wrk.ts): each of its connections waits this long before the next request, in ms.
function delay()
  return 100
end

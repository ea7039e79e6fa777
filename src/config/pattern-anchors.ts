/**
 * Whether a regular expression that is matched anywhere can only match the whole value: `^…$` around all of it. The
 * answer errs towards no: `^a|b$` accepts everything that starts with `a`.
 */
export function isAnchored(pattern: string): boolean {
  return (
    /^(\^|\\A)/.test(pattern) && /(^|[^\\])(\\\\)*(\$|\\z)$/.test(pattern) && !hasTopLevelAlternative(pattern)
  );
}

function hasTopLevelAlternative(pattern: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '\\') at += 1;
    else if (inClass) inClass = character !== ']';
    else if (character === '[') inClass = true;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === '|' && depth === 0) return true;
  }
  return false;
}

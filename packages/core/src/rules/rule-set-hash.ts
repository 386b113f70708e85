import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical-json.ts';
import type { RuleSet } from './rule-set.ts';

/** The SHA-256 of a rule set's canonical JSON ({@link canonicalJson}), in hex: equal for equal rule sets only. */
export function ruleSetHash(ruleSet: RuleSet): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(ruleSet))));
}

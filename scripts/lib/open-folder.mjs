import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

/** A folder that everybody may go through, as far as such a place is found: the machine's own for temporary files may be closed to others. */
export function openFolder(prefix) {
  const folder = mkdtempSync(join(openPlace(), prefix));
  chmodSync(folder, 0o755);
  return folder;
}

/** The same, kept from run to run. Where somebody else may have put something there, it is a new one. */
export function keptFolder(name) {
  const folder = join(openPlace(), `${name}-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true });
  const { uid, mode } = lstatSync(folder);
  const isOurs = uid === userInfo().uid && (mode & 0o170_022) === 0o040_000;
  if (!isOurs) return openFolder(`${name}-`);
  chmodSync(folder, 0o755); // whatever the process's mask
  return folder;
}

function openPlace() {
  const isOpen = (path) => (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || isOpen(dirname(path)));
  const places = [tmpdir(), "/tmp", "/var/tmp", "/srv"].filter((place) => existsSync(place));
  return places.find(isOpen) ?? tmpdir();
}

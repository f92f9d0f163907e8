/** A ZIP with these files, not compressed, and without the checksums that nobody looks at here. */
export function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    for (const place of [18, 22]) local.writeUInt32LE(Buffer.byteLength(text), place);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const central = Buffer.alloc(46);
    central.write('PK\x01\x02', 'latin1');
    for (const place of [20, 24]) central.writeUInt32LE(Buffer.byteLength(text), place);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt32LE(at, 42);
    parts.push(local, Buffer.from(name), Buffer.from(text));
    directory.push(central, Buffer.from(name));
    at = Buffer.concat(parts).length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  for (const place of [8, 10]) end.writeUInt16LE(Object.keys(files).length, place);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

export const XLSX = zip({ '[Content_Types].xml': '<Types/>', 'xl/workbook.xml': '<workbook/>' });
export const ODS = zip({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<office/>' });
/** A text document of the same family. */
export const ODT = zip({ mimetype: 'application/vnd.oasis.opendocument.text', 'content.xml': '<office/>' });
/** As a program of Windows begins. */
export const EXE = Buffer.concat([
  Buffer.from('MZ\x90\x00', 'latin1'),
  Buffer.alloc(200),
  Buffer.from('xl/workbook.xml'),
]);

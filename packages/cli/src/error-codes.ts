/** The errors of the `plumbline` command. */
export const CLI_ERRORS = {
  PLB_CLI_FILE_EXISTS: {
    summary: "You have a file of that name already.",
    why: "What stands in it would be lost.",
    mend: "Give another name, or overwrite it with --force.",
  },
  PLB_CLI_NO_CONFIG: {
    summary: "There is no config here.",
    why: "PLUMBLINE_CONFIG is not set, and the folder has no plumbline.yaml, .yml, .json or .mjs.",
    mend: "Name the file, go to its folder, or write one with `plumbline init`.",
  },
  PLB_CLI_CURSOR_INVALID: {
    summary: "The cursor file is not one that an export wrote.",
    why: "Where to go on would have to be guessed, and events would be sent twice or not at all.",
    mend: "Name the file that the same export wrote, or remove it to begin anew.",
  },
  PLB_CLI_NO_PACKAGE: {
    summary: "The command needs a package that is not installed.",
    why: "Plumbline is installed piecemeal: what a command alone needs is not there until somebody wants it.",
    mend: "Install the package that is named, in the project that you run the command in.",
  },
  PLB_CLI_NO_FILE: {
    summary: "You named a file or folder that holds no lines.",
    why: "The command reads it, and it is not there, may not be read, or has nothing in it that could be.",
    mend: "Check the path; a folder must hold files that end in .jsonl.",
  },
  PLB_CLI_NO_JOURNAL: {
    summary: "The config here has no journal.",
    why: "`journal: false` writes none, so there is no file to show.",
    mend: "Name a file, or switch the journal on.",
  },
  PLB_CLI_NO_TOKEN: {
    summary: "There is no token for the stream server.",
    why: "The server asks for one, and none was found where a server of that port keeps it for this user; for another machine's none is looked for.",
    mend: "Name the file with --token-file, or set PLUMBLINE_STREAM_TOKEN; on the server's machine run the command as the server's user.",
  },
  PLB_CLI_OUTPUT_FAILED: {
    summary: "The output could not be written.",
    why: "The system refused the write: the disk may be full, or the device gone.",
    mend: "Mend what the system's code names, then run the command again.",
  },
  PLB_CLI_RELOAD_INVALID: {
    summary: "The validating command refuses a config.",
    why: "It ended with another exit code than 0. No output was touched, and the target was not told.",
    mend: "Correct the config; new content is looked at as soon as it is there.",
  },
  PLB_CLI_RELOAD_LISTEN: {
    summary: "The address for /metrics and /healthz cannot be listened on.",
    why: "Somebody else has the port, or the address is none of this machine's; the system's code says which.",
    mend: "Give another --listen-address.",
  },
  PLB_CLI_RELOAD_NOT_WRITTEN: {
    summary: "The outputs of a config were not written.",
    why: "An input is missing or not whole, or the system refused a write; the message says which.",
    mend: "Mend what it names, and run the command again.",
  },
  PLB_CLI_RELOAD_PACKED: {
    summary: "A config begins as gzip does and could not be unpacked.",
    why: "It is cut short, damaged, or would be larger than 64 MiB. No output was touched.",
    mend: "Write it anew, by a rename.",
  },
  PLB_CLI_RELOAD_REFUSED: {
    summary: "The target has not taken a config.",
    why: "It answered, and otherwise than was expected. The outputs are the last good ones again, if there were any; it is asked again.",
    mend: "Correct the config, or the target, whose own words are in the message if it had any.",
  },
  PLB_CLI_RELOAD_UNSET: {
    summary: "A config names a variable that is not set.",
    why: "The target would get the name in the place of the value. No output was touched.",
    mend: "Set the variable and start the sidecar again, write $$(NAME) for the text itself, or give --tolerate-missing-variables.",
  },
  PLB_CLI_RELOAD_WEB_CONFIG: {
    summary: "The web config of the pages cannot be used.",
    why: "It, or a file that it names, cannot be read, or has what is not known; the message says which. Open pages are not what it asks for.",
    mend: "Correct what it names: tls_server_config and basic_auth_users are known, as Prometheus' exporters have them.",
  },
  PLB_CLI_SERVER_REFUSED: {
    summary: "The stream server did not say how it stands.",
    why: "It refused the request, or what listens there is something else, such as a proxy; the message has the answer.",
    mend: "Check the address and its path, and mend what the code in the message says.",
  },
  PLB_CLI_SERVER_UNREACHABLE: {
    summary: "The stream server cannot be reached.",
    why: "Nobody listens there, the name is not known, or its certificate is not trusted; the system's code says which.",
    mend: "Check the address, and that the server runs.",
  },
  PLB_CLI_TLS_REQUIRED: {
    summary: "The token would go to another machine in the clear.",
    why: "Over http everybody on the way can read it, and with it the telemetry.",
    mend: "Use the server's https address, or a tunnel to a port of this machine.",
  },
  PLB_CLI_USAGE: {
    summary: "The command line asks for something that cannot be.",
    why: "What stands in the message would have to be guessed.",
    mend: "Change the command line; --help has examples.",
  },
} as const;

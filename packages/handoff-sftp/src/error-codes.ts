/** The error catalogue of `@plumbline/handoff-sftp`. What all destinations raise stands in `HANDOFF_ERRORS`. */
export const SFTP_ERRORS = {
  PLB_SFTP_OPTIONS_INVALID: {
    summary: "An SFTP destination was given options that do not fit.",
    why: "The message names the options. None is guessed: a host key that nobody checks, above all.",
    mend: "See the README of `@plumbline/handoff-sftp` for the options.",
  },
  PLB_SFTP_HOST_KEY_REFUSED: {
    summary: "The SFTP server showed a host key that it is not known by.",
    why: "Either its key was changed, or something else answers under its address. No password, signature or byte was sent to it.",
    mend: "Ask whoever runs the server for the fingerprint of its key. If it is the one in `details.fingerprint`, put that into `hostKey`, or the key into the file of `knownHosts`.",
  },
  PLB_SFTP_AUTH_REFUSED: {
    summary: "The SFTP server refused to let the user in.",
    why: "None of the given ways (password, private key, agent) was accepted for that user name.",
    mend: "Check the user name, and that the server has the public key, or the password.",
  },
  PLB_SFTP_KEY_UNUSABLE: {
    summary: "A private key, or the file of known hosts, cannot be used.",
    why: "It cannot be read, has another form, or its passphrase does not fit.",
    mend: "Look at `details`. `ssh-keygen -y -f FILE` shows whether a key can be read.",
  },
  PLB_SFTP_UNREACHABLE: {
    summary: "The SFTP server cannot be reached, or does not speak SFTP.",
    why: "The connection was refused, timed out, or ended before a session began.",
    mend: "It is tried again. Check host and port, firewalls, and that the server has `Subsystem sftp`.",
  },
  PLB_SFTP_LOST: {
    summary: "The connection to the SFTP server was lost.",
    why: "It was cut, or the server did not answer in time. What was asked and not answered may have been done or not.",
    mend: "It is tried again, after a look at what stands there.",
  },
  PLB_SFTP_REFUSED: {
    summary: "The SFTP server refused a request.",
    why: "It answered with a status other than OK; SFTP tells little more.",
    mend: "Look at `details`: what was asked of which path, and the status. The server's own log says why.",
  },
} as const;

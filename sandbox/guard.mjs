// Runs one program so that it cannot outlive the process that wanted it. The read end of a pipe is this guard's stdin
// and the wanting process holds the write end: however that process ends, kill -9 included, the kernel closes the pipe
// and the guard ends the program. Plain JavaScript without imports of its own, for a start within tens of milliseconds.
//
// argv[2]  JSON: { command, args, graceMs, removeDir?, afterwards?: [command, ...args] }
// fd 3     one line each, to the wanting process: `pid N`, `exited CODE-OR-SIGNAL`, `error TEXT`
//
// When stdin ends: SIGTERM to the program's process group, SIGKILL after graceMs; then `afterwards` is run, removeDir
// is removed, and the guard ends. A program that ends by itself is only reported: its directory (with its log) stays
// until stdin ends.
import { spawn, spawnSync } from 'node:child_process'
import { rmSync, writeSync } from 'node:fs'

const job = JSON.parse(process.argv[2] ?? '{}')
let ending = false
let running = true

function report(line) {
  try {
    writeSync(3, `${line}\n`)
  } catch {
    // Nobody reads any more; stdin tells the rest.
  }
}

function signalGroup(signal) {
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already.
  }
}

function finish() {
  // The leader is gone; whatever it left in its group goes too.
  if (child.pid !== undefined) signalGroup('SIGKILL')
  if (job.afterwards)
    spawnSync(job.afterwards[0], job.afterwards.slice(1), {
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: 60_000,
    })
  if (job.removeDir) rmSync(job.removeDir, { recursive: true, force: true, maxRetries: 3 })
  process.exit(0)
}

function end() {
  if (ending) return
  ending = true
  if (!running) return finish()
  signalGroup('SIGTERM')
  // A stopped process (SIGSTOP) takes no SIGTERM until it goes on.
  signalGroup('SIGCONT')
  setTimeout(() => signalGroup('SIGKILL'), job.graceMs)
}

// Its own process group: a terminal's Ctrl-C must not reach it, and all it starts can be signalled at once.
const child = spawn(job.command, job.args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
child.once('spawn', () => report(`pid ${child.pid}`))
child.once('error', (error) => {
  if (child.pid !== undefined) return
  report(`error ${error.message}`)
  running = false
  if (ending) finish()
})
child.once('exit', (code, signal) => {
  report(`exited ${code ?? signal}`)
  running = false
  if (ending) finish()
})

process.stdin.on('end', end)
process.stdin.on('close', end)
process.stdin.on('error', end)
process.stdin.resume()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end)

#compdef authprobe_exporter
# zsh completion for authprobe_exporter: flags are those of its --help, targets those of the configuration.

_authprobe_exporter_targets() {
  local config=/etc/authprobe/authprobe.toml word pattern
  for word in $words; do
    [[ $word == --config.file=* ]] && config=${word#*=}
  done
  [[ -r $config ]] || return 1
  local -a files=($config) names
  for pattern in ${(f)"$(sed -n '/^include *=/,/[]"] *\(#.*\)\{0,1\}$/p' $config | grep -o '"[^"]*"' | tr -d '"')"}; do
    [[ $pattern == /* ]] || pattern=${config:h}/$pattern
    files+=($~pattern(N))
  done
  names=(${(f)"$(sed -nE 's/^\[targets\.("([^"]+)"|([A-Za-z0-9_-]+))\].*/\2\3/p' $files)"})
  _describe target names
}

_authprobe_exporter() {
  local -a commands=(
    'check:report all errors of a configuration'
    'probe:probe one target once and print its metrics'
    'diagnose:probe a target once and print the diagnosis step by step'
    'explain:diagnose a recorded response'
    'report:print the ends, owners and states of all credentials and inventories'
    'help:explain a status code or a cause'
    'providers:list the known services, or show one'
    'add:take a token, write its file and its block, and probe once'
    'import:write a configuration of curl commands, OpenAPI, Postman and others'
    'healthcheck:check a running exporter'"'"'s health endpoint'
  )
  local -a names=(${commands%%:*}) given=(${words[2,CURRENT-1]})
  local command=${${given:*names}[1]}
  case $PREFIX in
    --from=*) if [[ $command == import ]]; then compset -P '*='; compadd blackbox curl gatus har openapi postman uptime-kuma; return; fi ;|
    --secrets-dir=*) compset -P '*='; _files -/; return ;;
    (--*.file|--storage.path|--textfile|--*-file|--signatures|--from|--output)=*) compset -P '*='; _files; return ;;
    --provider=*) compset -P '*='; compadd -- ${(f)"$($words[1] providers 2>/dev/null | cut -d' ' -f1)"}; return ;;
    --log.level=*) compset -P '*='; compadd debug info warn error; return ;;
    --format=*) compset -P '*='; compadd markdown csv json calendar; return ;;
    --log.format=*) compset -P '*='; compadd logfmt json; return ;;
    --*=*) return 1 ;;
    -*)
      local -a flags=(${(f)"$($words[1] $command --help 2>/dev/null |
        sed -nE 's/^ +(-[a-zA-Z],)*(--[a-z.-]+)( [A-Z])?.*/\2\3/p' | sed 's/ .$/=/')"})
      compadd -- ${flags:#*=}
      compadd -S '' -- ${(M)flags:#*=}  # the value comes next
      return ;;
  esac
  case $command in
    check|explain|import) _files ;;
    probe|diagnose) _authprobe_exporter_targets ;;
    help) compadd ${=${"$($words[1] help '?' 2>&1)"##*there is help for }//,/} ;;
    providers) compadd -- ${(f)"$($words[1] providers 2>/dev/null | cut -d' ' -f1)"} ;;
    *) _describe command commands ;;
  esac
}

_authprobe_exporter "$@"

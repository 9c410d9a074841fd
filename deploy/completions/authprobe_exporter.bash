# bash completion for authprobe_exporter: commands and flags are those of its --help, targets those of the configuration.

# Of the given command; a flag that takes a value has "=" behind it.
_authprobe_exporter_flags() {
  "$@" --help 2>/dev/null | sed -nE 's/^ +(-[a-zA-Z],)*(--[a-z.-]+)( [A-Z])?.*/\2\3/p' | sed 's/ .$/=/'
}

# Of the files, and of those that the first one includes.
_authprobe_exporter_targets() {
  local pattern folder files=("$1")
  folder=$(dirname "$1")
  while read -r pattern; do
    mapfile -t -O "${#files[@]}" files < <(cd "$folder" && compgen -G "$pattern" | sed "/^\//! s|^|$folder/|")
  done < <(sed -n '/^include *=/,/[]"] *\(#.*\)\{0,1\}$/p' "$1" | grep -o '"[^"]*"' | tr -d '"')
  sed -nE 's/^\[targets\.("([^"]+)"|([A-Za-z0-9_-]+))\].*/\2\3/p' "${files[@]}"
}

_authprobe_exporter() {
  local cur prev words cword split word command="" config=/etc/authprobe/authprobe.toml
  _init_completion -s || return
  for word in "${words[@]:1:cword-1}"; do
    case $word in
      --config.file=*) config=${word#*=} ;;
      check | probe | diagnose | explain | report | healthcheck | help | providers | add | import) command=${command:-$word} ;;
    esac
  done
  case $prev in
    --*.file | --storage.path | --textfile | --*-file | --signatures | --output) _filedir; return ;;
    --secrets-dir) _filedir -d; return ;;
    --from)
      if [[ $command == import ]]; then
        mapfile -t COMPREPLY < <(compgen -W "blackbox curl gatus har openapi postman uptime-kuma" -- "$cur")
      else
        _filedir
      fi
      return ;;
    --provider) mapfile -t COMPREPLY < <(compgen -W "$("${words[0]}" providers 2>/dev/null | cut -d' ' -f1)" -- "$cur"); return ;;
    --log.level) mapfile -t COMPREPLY < <(compgen -W "debug info warn error" -- "$cur"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W "markdown csv json calendar" -- "$cur"); return ;;
    --log.format) mapfile -t COMPREPLY < <(compgen -W "logfmt json" -- "$cur"); return ;;
  esac
  $split && return
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_authprobe_exporter_flags "${words[0]}" ${command:+"$command"})" -- "$cur")
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
    return
  fi
  case $command in
    check | explain | import) _filedir ;;
    help) mapfile -t COMPREPLY < <(compgen -W "$("${words[0]}" help '?' 2>&1 | sed 's/.*there is help for //; s/,//g')" -- "$cur") ;;
    probe | diagnose) mapfile -t COMPREPLY < <(compgen -W "$(_authprobe_exporter_targets "$config" 2>/dev/null)" -- "$cur") ;;
    providers) mapfile -t COMPREPLY < <(compgen -W "$("${words[0]}" providers 2>/dev/null | cut -d' ' -f1)" -- "$cur") ;;
    "") mapfile -t COMPREPLY < <(compgen -W "check probe diagnose explain report healthcheck help providers add import" -- "$cur") ;;
  esac
} && complete -F _authprobe_exporter authprobe_exporter

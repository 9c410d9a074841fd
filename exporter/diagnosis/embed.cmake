# cmake -DOUTPUT=... -DWORDING="a.toml;b.toml" -DSIGNATURES="..." -P embed.cmake
# Writes the rule files as string literals. A literal is cut every 12,000 characters: compilers limit their length.
function(literals result)
  set(text "")
  foreach(file IN LISTS ARGN)
    file(READ ${file} content)
    string(LENGTH "${content}" length)
    string(APPEND text "    ")
    set(at 0)
    while(at LESS length)
      string(SUBSTRING "${content}" ${at} 12000 piece)
      string(APPEND text "R\"TOML(${piece})TOML\"\n")
      math(EXPR at "${at} + 12000")
    endwhile()
    string(APPEND text "    ,\n")
  endforeach()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

separate_arguments(WORDING UNIX_COMMAND "${WORDING}")
separate_arguments(SIGNATURES UNIX_COMMAND "${SIGNATURES}")
literals(wording ${WORDING})
literals(signatures ${SIGNATURES})
file(WRITE ${OUTPUT} "#include \"exporter/diagnosis/embedded.h\"
namespace authprobe::diagnosis {
std::vector<std::string_view> embedded_wording() {
  return {
${wording}  };
}
std::vector<std::string_view> embedded_signatures() {
  return {
${signatures}  };
}
}  // namespace authprobe::diagnosis
")

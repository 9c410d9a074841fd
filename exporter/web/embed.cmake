# cmake -DOUTPUT=... -DASSETS="page.css page.js openapi.json" -P embed.cmake
# Writes the assets as string literals. A literal is cut every 12,000 characters: compilers limit their length.
function(literal result file)
  file(READ ${file} content)
  string(LENGTH "${content}" length)
  set(text "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${content}" ${at} 12000 piece)
    string(APPEND text "R\"ASSET(${piece})ASSET\"\n")
    math(EXPR at "${at} + 12000")
  endwhile()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

separate_arguments(ASSETS UNIX_COMMAND "${ASSETS}")
list(GET ASSETS 0 style)
list(GET ASSETS 1 script)
list(GET ASSETS 2 openapi)
literal(style ${style})
literal(script ${script})
literal(openapi ${openapi})
file(WRITE ${OUTPUT} "#include \"exporter/web/assets.h\"
namespace authprobe::web::assets {
std::string_view style() {
  return ${style};
}
std::string_view script() {
  return ${script};
}
std::string_view openapi() {
  return ${openapi};
}
}  // namespace authprobe::web::assets
")

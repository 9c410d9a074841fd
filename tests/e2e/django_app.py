"""A Django application with its own login page, sessions and CSRF protection. Prints its port. Arguments: the database, a user's password."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only-for-tests", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {
        "registration/login.html": "<form method=post>{% csrf_token %}{{ form.as_p }}</form>"})]}}],
    SESSION_COOKIE_AGE=600, LOGIN_REDIRECT_URL="/orders", PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
)
django.setup()

from django.contrib.auth.models import User          # noqa: E402
from django.contrib.auth.views import LoginView      # noqa: E402
from django.core.management import call_command      # noqa: E402
from django.core.wsgi import get_wsgi_application    # noqa: E402
from django.http import JsonResponse                 # noqa: E402
from django.urls import path                         # noqa: E402


def orders(request):
    if not request.user.is_authenticated:
        return JsonResponse({"detail": "Authentication credentials were not provided."}, status=401)
    return JsonResponse({"user": request.user.username, "method": request.method})


urlpatterns = [path("accounts/login/", LoginView.as_view()), path("orders", orders)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


call_command("migrate", verbosity=0)
User.objects.create_user("authprobe", password=sys.argv[2])
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
print(f"port {server.server_port}", flush=True)
server.serve_forever()

from django.test import Client
def test_x(db):
    r=Client().get("/admin/login/"); print(r.status_code, r.headers, r.content[:300])
